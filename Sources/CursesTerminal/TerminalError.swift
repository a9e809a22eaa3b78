/// Why there is no screen.
public enum TerminalError: Error, Hashable, CustomStringConvertible {
  case notATerminal
  case unknownType(String)
  case refused

  public var description: String {
    switch self {
    case .notATerminal:
      "The workbench needs a terminal at both standard input and standard output. Without one, "
        + "use a command such as `weft train` or `weft --script`."
    case .unknownType(""):
      "The terminal type is not set. Set it, for instance TERM=xterm-256color."
    case .unknownType(let type):
      "Nothing is known about the terminal type \"\(type)\". Set another one, for instance "
        + "TERM=xterm-256color."
    case .refused:
      "The kernel gave no signalfd or eventfd to wait with: perhaps too many files are open."
    }
  }
}
