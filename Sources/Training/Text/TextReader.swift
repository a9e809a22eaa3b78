import Autodiff
import Learning

/// Reads a part of a text with one network: several places side by side, window by window, the state
/// carried from one to the next.
final class TextReader {
  let network: CharacterNetwork
  private let corpus: Corpus
  private let program: ReadingProgram
  private let plan: Plan
  private let window: TextWindow

  /// - Parameter draft: of this network.
  init(_ draft: TextReaderDraft, corpus: Corpus, variables: Variables) {
    network = draft.network
    self.corpus = corpus
    program = draft.program
    window = draft.window
    plan = Plan(draft.plan, variables: variables)
  }

  /// What a window told: every character that was read, what the one after it cost in bits, and the
  /// contexts [characters, contextCount] where there are any.
  struct Window {
    let codes: UnsafeBufferPointer<Float>
    let bits: UnsafeBufferPointer<Float>
    let contexts: UnsafeBufferPointer<Float>?
  }

  /// Reads a part from its beginning and returns the mean bits a character.
  /// - Parameter context: the context that is held, where the program holds one.
  func read(
    _ part: Corpus.Part, context: [Float]? = nil, each body: (Window) -> Void = { _ in }
  ) -> Float {
    if let context { _ = plan.input("context").update(fromContentsOf: context) }
    for name in program.before { plan.input(name).update(repeating: 0) }
    let range = corpus.range(of: part)
    let stretch = range.count / window.rows
    let tokens = plan.input("tokens")
    let count = window.rows * window.length
    var sum = 0.0
    for index in 0..<window.count {
      for row in 0..<window.rows {
        corpus.read(
          from: range.lowerBound + row * stretch + index * window.length, into: tokens,
          first: row, stride: window.rows)
      }
      plan.run()
      let bits = plan.value(program.bits)
      for value in bits { sum += Double(value) }
      body(
        Window(
          codes: UnsafeBufferPointer(rebasing: UnsafeBufferPointer(tokens)[..<count]), bits: bits,
          contexts: program.contexts.map(plan.value)))
      for (before, after) in zip(program.before, program.after) {
        _ = plan.input(before).update(fromContentsOf: plan.value(after))
      }
    }
    return Float(sum / Double(count * window.count))
  }
}

/// How a part of a text is cut up for reading.
struct TextWindow {
  /// No more characters than these are read of a part: enough to tell networks apart.
  private static let most = 51_200
  let rows, length, count: Int

  /// - Parameter characters: of the part.
  init(characters: Int) {
    rows = max(1, min(32, characters / 101))
    let stretch = characters / rows - 1
    length = min(100, max(stretch, 1))
    count = max(1, min(stretch / length, TextWindow.most / (rows * length)))
  }
}

/// A reader's plan, without memory yet.
struct TextReaderDraft {
  let network: CharacterNetwork
  let program: ReadingProgram
  let plan: PlanDraft
  let window: TextWindow

  init(
    _ model: CharacterModel, _ network: CharacterNetwork, contexts: ContextSourceOfText = .own
  ) {
    self.network = network
    // Validation and test are equally long.
    window = TextWindow(characters: model.corpus.range(of: .validation).count)
    program = model.readingProgram(
      network, rows: window.rows, length: window.length, contexts: contexts)
    plan = PlanDraft(
      program.graph, outputs: [program.bits] + program.after + [program.contexts].compactMap { $0 })
  }
}
