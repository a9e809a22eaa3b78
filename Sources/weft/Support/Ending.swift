import ArgumentParser

/// How the program ends: what is said, where, and the exit status. Knows our own failures and the
/// argument parser's, and gives both one voice.
package struct Ending {
  package let status: Int32
  package let text: String
  /// Help and the version were asked for and go to standard output; complaints do not.
  package let isAnswer: Bool

  package init(_ error: any Error, arguments: [String]) {
    if let failure = error as? Failure {
      status = failure.status
      text = failure.description
      isAnswer = false
    } else if Weft.exitCode(for: error).isSuccess {
      status = ExitStatus.done.rawValue
      text = Weft.message(for: error)
      isAnswer = true
    } else {
      status = ExitStatus.usage.rawValue
      text = Ending.sentence(Weft.message(for: error), arguments: arguments)
      isAnswer = false
    }
  }

  /// The parser's message as a sentence in the voice of ours, with where to look.
  private static func sentence(_ message: String, arguments: [String]) -> String {
    let names = Weft.configuration.subcommands.map { $0._commandName }
    let command = arguments.first.flatMap { names.contains($0) ? $0 + " " : nil } ?? ""
    let words = message.split { $0.isWhitespace }.joined(separator: " ")
    let bare = words.hasSuffix(".") ? String(words.dropLast()) : words
    return bare.prefix(1).lowercased() + bare.dropFirst()
      + "; see 'weft \(command)--help'"
  }

  /// Says it, and returns the exit status.
  package func tell() -> Int32 {
    guard !text.isEmpty else { return status }
    guard isAnswer else {
      Output.complain(text)
      return status
    }
    do {
      try Output.write(text.hasSuffix("\n") ? text : text + "\n")
      return status
    } catch {
      return Ending(error, arguments: []).tell()
    }
  }
}
