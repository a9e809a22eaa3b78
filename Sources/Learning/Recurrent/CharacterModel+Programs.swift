import Autodiff
import Foundation

/// How the contexts of a text are made while it is read.
public enum ContextSourceOfText: Sendable {
  /// By the small LSTM, for every sequence.
  case own
  /// By the small LSTM, but for the next sequence instead of its own.
  case shuffled
  /// Given, the same at every time.
  case held
}

extension CharacterModel {
  /// Nats in bits.
  static let bitsPerNat = 1 / Float(M_LN2)

  /// A step of truncated back-propagation for every network: the loss of `length` characters of each
  /// sequence in bits a character, from the state the step before left.
  public func trainingProgram() -> TrainingProgram {
    let graph = Graph()
    let theta = Theta(graph)
    let tokens = graph.input("tokens", [length + 1, sequences])
    // In halves that are read one beside the other: time goes on one step after another.
    let parts = sequences % 2 == 0 && sequences >= 16 ? 2 : 1
    let rows = sequences / parts
    func characters(from first: Int) -> Tensor {
      Tensor.concatenate(
        (0..<parts).map {
          tokens.slice(axis: 0, from: first, count: length)
            .slice(axis: 1, from: $0 * rows, count: rows).reshaped(to: [length * rows])
        }, axis: 0)
    }
    let (codes, next) = graph.phase("embed") { (characters(from: 0), characters(from: 1)) }
    let (rate, clip) = (graph.input("rate", []), graph.input("clip", []))
    // 0 where the text begins anew, else 1.
    let carried = graph.input("carried", [])
    let keep = graph.input("keep", [])
    let widest = networks.map(\.cell.hidden).max() ?? 1
    let noise = graph.input("noise", [length, sequences, widest])

    var losses: [Tensor] = []
    for network in networks {
      let cell = network.cell
      let before = network.state(sequences: sequences).map { graph.variable($0.name, $0.shape) }
      let inputs = graph.phase("embed") { network.embed(codes, theta: theta) }
      let chances = noise.slice(axis: 2, from: 0, count: cell.hidden)
      let read = graph.phase("forward") {
        let drop = graph.constant(1, chances.shape).dropout(noise: chances, keep: keep)
        return (0..<parts).map { part in
          cell.scanned(
            inputs.slice(axis: 0, from: part * length * rows, count: length * rows),
            length: length,
            from: before.map { $0.slice(axis: 0, from: part * rows, count: rows) * carried },
            drop: drop.slice(axis: 1, from: part * rows, count: rows), theta: theta)
        }
      }
      let loss = graph.phase("loss") {
        network.scores(Tensor.concatenate(read.map(\.outputs), axis: 0), theta: theta)
          .crossEntropy(labels: next).mean()
      }
      let parameters = network.parameters.map { ($0.name, graph.variable($0.name, $0.shape)) }
      let gradients = graph.phase("gradient") { loss.gradient(of: parameters.map(\.1)) }
      graph.phase("update") {
        let scale = Clipping.clipScale(norm: Clipping.globalNorm(gradients), limit: clip)
        OptimizerChoice.adam.update(
          zip(parameters, gradients).map { ($0.0, $0.1, $1) }, in: graph,
          prefix: network.prefix + "optimizer", rate: rate, gradientScale: scale)
        for (index, variable) in before.enumerated() {
          graph.update(
            Assign(variable, Tensor.concatenate(read.map { $0.state[index] }, axis: 0)))
        }
      }
      losses.append(loss * Self.bitsPerNat)
    }
    let (text, schedule, total) = (TextBatches(corpus, sequences, length), schedule, steps)
    return TrainingProgram(
      graph: graph, loss: losses[0],
      others: losses.dropFirst().enumerated().map { (2 + 2 * $0.offset, $0.element) }
    ) { plan in
      TextFeed(text, plan: plan) { schedule.factor(at: $0, of: total) }
    }
  }

  /// Reads `rows` sequences of `length` characters for one network, from a state that is given and to
  /// one that is told.
  /// - Parameter contexts: of the HyperLSTM; other networks have none.
  public func readingProgram(
    _ network: CharacterNetwork, rows: Int, length: Int, contexts: ContextSourceOfText = .own
  ) -> ReadingProgram {
    let graph = Graph()
    let theta = Theta(graph)
    let count = rows * length
    let tokens = graph.input("tokens", [length + 1, rows])
    let names = network.state(sequences: rows)
    let before = names.map { graph.input($0.name, $0.shape) }
    let inputs = network.embed(
      tokens.slice(axis: 0, from: 0, count: length).reshaped(to: [count]), theta: theta)
    let held = contexts == .held ? [graph.input("context", [1, hyperCell.contextCount])] : []
    let read =
      if let cell = network.cell as? HyperLSTMCell {
        cell.scanned(inputs, length: length, from: before, theta: theta, given: held) {
          state, now, theta, given in
          cell.step(state, now: now, theta: theta) { z in
            switch contexts {
            case .own: z
            case .shuffled where rows == 1: z
            case .shuffled:
              Tensor.concatenate(
                [
                  z.slice(axis: 0, from: 1, count: rows - 1), z.slice(axis: 0, from: 0, count: 1),
                ], axis: 0)
            case .held: given[0].broadcast(to: z.shape)
            }
          }
        }
      } else {
        network.cell.scanned(inputs, length: length, from: before, theta: theta)
      }
    let losses = network.scores(read.outputs, theta: theta)
      .crossEntropy(
        labels: tokens.slice(axis: 0, from: 1, count: length).reshaped(to: [count]))
    return ReadingProgram(
      graph: graph, bits: losses * Self.bitsPerNat, before: names.map(\.name), after: read.state,
      contexts: read.contexts)
  }

  /// One character of the HyperLSTM: the input `token` [1]; its state are variables, which the step
  /// replaces. Where the input `hold` is 1 the context is the input `context` [1, contextCount], where
  /// it is 0 the network's own.
  public func speakingProgram() -> SpeakingProgram {
    let graph = Graph()
    let theta = Theta(graph)
    let state = hyper.state(sequences: 1).map { graph.variable($0.name, $0.shape) }
    let context = graph.input("context", [1, hyperCell.contextCount])
    let hold = graph.input("hold", [])
    let step = hyperCell.step(
      state,
      now: hyperCell.prepare(hyper.embed(graph.input("token", [1]), theta: theta), theta: theta),
      theta: theta
    ) { $0 + hold * (context - $0) }
    for (variable, value) in zip(state, step.state) { graph.update(Assign(variable, value)) }
    let scores = hyper.scores(step.state[0], theta: theta)
    guard let generated = step.generated else { preconditionFailure("a HyperLSTM generates") }
    return SpeakingProgram(
      graph: graph, scores: scores, context: generated.z, scales: generated.scales)
  }

  /// The weights of the gates as a context scales them, one for each of `tensors`.
  public func weightsProgram() -> (graph: Graph, weights: [Tensor]) {
    let graph = Graph()
    let theta = Theta(graph)
    let scales = hyperCell.scales(
      graph.input("context", [1, hyperCell.contextCount]), theta: theta)
    let (inputs, hidden) = (hyperCell.inputCount, hyperCell.hidden)
    let weights =
      [("wh", hidden), ("wx", inputs)].enumerated().flatMap { part, weight in
        Gates.parts(theta(hyper.prefix + weight.0, [weight.1, Gates.count * hidden]))
          .enumerated().map { gate, matrix in
            matrix
              * scales.slice(axis: 0, from: part * Gates.count + gate, count: 1)
              .reshaped(to: [1, hidden])
          }
      }
      + (0..<Gates.count).map { gate in
        (scales.slice(axis: 0, from: 2 * Gates.count + gate, count: 1)
          .reshaped(to: [1, hidden])
          + theta(hyper.prefix + "b0", [Gates.count, hidden])
          .slice(axis: 0, from: gate, count: 1)).reshaped(to: [hidden])
      }
    return (graph, weights)
  }
}

/// A graph that reads: what each character cost in bits, [length · rows], time by time; the state
/// before (inputs, by name) and after; and the contexts of every character, [length · rows, contextCount].
public struct ReadingProgram {
  public let graph: Graph
  public let bits: Tensor
  public let before: [String]
  public let after: [Tensor]
  public let contexts: Tensor?
}

/// A graph that reads one character: scores of what comes next [1, vocabulary], the context
/// [1, contextCount] and the scales [12, 1, hidden] of this time.
public struct SpeakingProgram {
  public let graph: Graph
  public let scores: Tensor
  public let context: Tensor
  public let scales: Tensor
}

/// Batches of a text: sequence b of B walks through the b-th of B equal stretches of the training
/// part, and begins anew when it is at the end.
struct TextBatches {
  private let corpus: Corpus
  private let sequences, length: Int

  init(_ corpus: Corpus, _ sequences: Int, _ length: Int) {
    self.corpus = corpus
    self.sequences = sequences
    self.length = length
  }

  /// Writes the characters of a step, [length + 1, sequences]; returns whether the stretches begin with
  /// it.
  func write(step: Int, to tokens: UnsafeMutableBufferPointer<Float>) -> Bool {
    let range = corpus.range(of: .training)
    let stretch = range.count / sequences
    let batch = step % ((stretch - 1) / length)
    for sequence in 0..<sequences {
      corpus.read(
        from: range.lowerBound + sequence * stretch + batch * length, into: tokens,
        first: sequence, stride: sequences)
    }
    return batch == 0
  }
}

private final class TextFeed: Feed {
  private let batches: TextBatches
  private let rateFactor: (Int) -> Float
  private let tokens, rate, clip, carried, keep, noise: UnsafeMutableBufferPointer<Float>
  private var seed: UInt64 = 0
  private var baseRate: Float = 0
  /// The inputs live in the plan's memory.
  private let plan: Plan

  init(_ batches: TextBatches, plan: Plan, rateFactor: @escaping (Int) -> Float) {
    self.batches = batches
    self.plan = plan
    self.rateFactor = rateFactor
    tokens = plan.input("tokens")
    rate = plan.input("rate")
    clip = plan.input("clip")
    carried = plan.input("carried")
    keep = plan.input("keep")
    noise = plan.input("noise")
  }

  func apply(_ knobs: KnobValues, seed: UInt64) {
    self.seed = seed
    baseRate = knobs.real("rate")
    clip[0] = knobs.real("clip")
    keep[0] = 1 - knobs.real("dropout")
    // Below every `keep`: nothing is dropped.
    noise.update(repeating: 0)
  }

  func write(step: Int) {
    rate[0] = baseRate * rateFactor(step)
    carried[0] = batches.write(step: step, to: tokens) ? 0 : 1
    if keep[0] < 1 { RandomKey(seed: seed, stream: .noise, step: step).fillUniform(noise) }
  }
}
