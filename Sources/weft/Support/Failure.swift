import Learning

/// What the exit status of the program means.
package enum ExitStatus: Int32, Sendable {
  case done = 0
  /// Something failed while running: a disk, a loss that is not a number.
  case failed = 1
  /// The command line cannot be understood, or there is no terminal where one is needed.
  case usage = 2
  /// A session or other data that cannot be used (EX_DATAERR of sysexits).
  case data = 65
}

/// Why a command ends without having done its work: one sentence that says what, where, and what
/// to do.
package struct Failure: Error, CustomStringConvertible, Sendable {
  package let status: Int32
  package let description: String

  package init(_ status: ExitStatus, _ sentence: String) {
    self.status = status.rawValue
    description = sentence
  }

  /// An exit status that came about elsewhere, with its sentence if there is one.
  package init(exit status: Int32, _ sentence: String = "") {
    self.status = status
    description = sentence
  }

  /// Ended by a signal, after everything was put away; there may be nothing left to say.
  package init(signal: Int32, _ sentence: String = "") {
    self.init(exit: 128 + signal, sentence)
  }

  package init(_ error: KnobError) {
    self.init(error.isOfData ? .data : .usage, error.description)
  }
}
