import CursesTerminal
import Terminal
import Training
import Workbench

/// Puts the workbench on a terminal.
enum Screen {
  /// Opens the workbench on the terminal and returns when it was left. Throws a `Failure` with
  /// status 2 where there is no terminal, and with the status the workbench ended with.
  static func open(
    run: sending Run, theme: Theme, ascii: Bool, autosaves: Bool
  ) throws(Failure) {
    let backend: CursesBackend
    do { backend = try CursesBackend(ascii: ascii) } catch {
      throw Failure(.usage, sentence("\(error)"))
    }
    var saving = Saving.standard(for: run)
    if !autosaves { saving.autosavePath = nil }
    let waker = backend.waker
    let workbench = Workbench(
      run: run, saving: saving, theme: theme, size: backend.size,
      capabilities: backend.capabilities,
      wake: { waker.wake() })
    let status = EventLoop.run(workbench, on: backend)
    backend.close()
    if let problem = workbench.problemAtEnd {
      throw Failure(exit: status == 0 ? ExitStatus.failed.rawValue : status, problem)
    }
    if status != 0 { throw Failure(exit: status) }
  }

  /// A message of another module in the form of ours: no capital at the start, no full stop.
  private static func sentence(_ text: String) -> String {
    let bare = text.hasSuffix(".") ? String(text.dropLast()) : text
    return bare.prefix(1).lowercased() + bare.dropFirst()
  }
}
