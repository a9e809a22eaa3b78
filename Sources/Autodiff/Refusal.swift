/// Why operands do not fit an operation: a sentence, given each operand in words (its name, where it
/// has one, and its shape).
struct Misfit: Error {
  let sentence: @Sendable (_ operands: [String]) -> String

  init(_ sentence: @escaping @Sendable (_ operands: [String]) -> String) {
    self.sentence = sentence
  }
}

/// Stops a program that builds a graph wrongly, with a sentence that says what does not fit. Unlike
/// a failed precondition it says so in an optimised build, too.
func refuse(
  _ sentence: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) -> Never { fatalError(sentence(), file: file, line: line) }

/// ``refuse(_:file:line:)`` unless a condition holds.
func require(
  _ condition: Bool, _ sentence: @autoclosure () -> String, file: StaticString = #fileID,
  line: UInt = #line
) {
  if !condition { refuse(sentence(), file: file, line: line) }
}

extension Tensor {
  /// The tensor in a sentence: `hidden [8, 16]`, `transpose of weights [16, 32]`, or its shape alone
  /// where nothing gave it a name.
  var words: String { (title.map { $0 + " " } ?? "") + shape.description }

  /// The name of an input or variable, or of what this is a view of.
  private var title: String? {
    switch operation {
    case let input as Input: return input.label
    case let variable as Variable: return variable.label
    default:
      guard case .view = operation.lowering, let source = operands.first?.title else { return nil }
      return "\(operation.name) of \(source)"
    }
  }
}
