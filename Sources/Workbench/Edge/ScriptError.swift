/// Why a script stopped: a sentence with file and line, and the exit status that goes with it.
public struct ScriptError: Error, CustomStringConvertible, Sendable {
  public let description: String
  /// 65 for a line that cannot be understood or a file that cannot be read; 1 for a wait that would
  /// never end or a file that cannot be written.
  public let exitStatus: Int32

  init(_ description: String, exitStatus: Int32) {
    self.description = description
    self.exitStatus = exitStatus
  }
}
