import Autodiff
import Foundation
import Learning

/// Makes a network speak: a character at a time, each drawn from what the network expects, the state
/// going on from one to the next.
final class Speaker {
  private let model: CharacterModel
  private let program: SpeakingProgram
  private let plan: Plan
  private let variables: Variables
  /// The variables that hold what it remembers.
  private let state: Set<String>
  private let token, hold, context: UnsafeMutableBufferPointer<Float>
  private let scores: UnsafeBufferPointer<Float>
  private let z, scales: UnsafeBufferPointer<Float>
  /// The scales of the state's weights a character ago, and whether there are any.
  private var earlier: [Float]
  private var hasEarlier = false
  /// What each character is worth, on its way to being drawn.
  private var shares: [Double]

  init(_ model: CharacterModel) {
    self.model = model
    program = model.speakingProgram()
    variables = Variables(program.graph)
    state = Set(model.hyper.state(sequences: 1).map(\.name))
    plan = Plan(
      program.graph, outputs: [program.scores, program.context, program.scales],
      variables: variables)
    token = plan.input("token")
    hold = plan.input("hold")
    context = plan.input("context")
    scores = plan.value(program.scores)
    z = plan.value(program.context)
    scales = plan.value(program.scales)
    earlier = Array(repeating: 0, count: scales.count / HyperLSTMCell.scaled.count)
    shares = Array(repeating: 0, count: scores.count)
  }

  /// What is said of a character when it has been read.
  struct Reading {
    /// By how much the scales of each gate's weights moved, as a share of their size.
    var heat: SIMD4<Float> = .zero
    var context: [Float] = []
  }

  /// Takes over parameters and remembers what it read. Returns false where they are not this model's.
  func load(_ parameters: Parameters) -> Bool { variables.load(parameters, leaving: state) }

  /// Forgets everything it read.
  func begin() {
    for part in state { variables.storage(part).update(repeating: 0) }
    hasEarlier = false
  }

  /// What a prompt is read as, with what stands for each character; a line's end where it is empty.
  func codes(of prompt: String) -> [(character: Character, code: Int)] {
    (prompt.isEmpty ? "\n" : prompt).unicodeScalars.map {
      (Character($0), model.corpus.code(of: $0))
    }
  }

  /// Reads a character.
  /// - Parameter held: a context in the place of the network's own.
  func read(_ code: Int, held: [Float]? = nil) {
    token[0] = Float(code)
    hold[0] = held == nil ? 0 : 1
    if let held { _ = context.update(fromContentsOf: held) }
    plan.run()
  }

  /// What reading the last character did to the weights.
  func reading() -> Reading {
    let hidden = earlier.count / 4
    var reading = Reading(context: Array(z))
    for gate in 0..<4 {
      var (change, size): (Float, Float) = (0, 0)
      for i in gate * hidden..<(gate + 1) * hidden {
        let difference = scales[i] - earlier[i]
        change += difference * difference
        size += earlier[i] * earlier[i]
        earlier[i] = scales[i]
      }
      if hasEarlier, size > 0 { reading.heat[gate] = (change / size).squareRoot() }
    }
    hasEarlier = true
    return reading
  }

  /// What a character costs in bits where the network expects what it now does.
  func bits(of code: Int) -> Float {
    let most = scores.max() ?? 0
    let sum = scores.reduce(0.0) { $0 + Double(expf($1 - most)) }
    return Float((log(sum) - Double(scores[code] - most)) / log(2))
  }

  /// Draws the next character by how probable each is at this temperature; at 0 it is the most probable
  /// one. The unknown character is never drawn. The same seed and index draw with the same number.
  func draw(temperature: Float, seed: UInt64, index: Int) -> Int {
    let known = scores.count - 1
    var best = 0
    for code in 1..<known where scores[code] > scores[best] { best = code }
    guard temperature > 0 else { return best }
    var sum = 0.0
    for code in 0..<known {
      sum += Double(expf((scores[code] - scores[best]) / temperature))
      shares[code] = sum
    }
    let chance = RandomKey(seed: seed, stream: .speech, step: index).uniform(1)[0]
    let wanted = Double(chance) * sum
    for code in 0..<known where shares[code] > wanted { return code }
    return best
  }
}
