import CursesTerminal
import Glibc
import Terminal
import Training
import Workbench

/// Puts the workbench on a terminal.
enum Screen {
  /// Opens the workbench on the terminal and returns when it was left. Throws a `Failure` with
  /// status 2 where there is no terminal, and with the status the workbench ended with.
  static func open(
    run: sending Run, comparison: sending OpenedComparison?, theme: Theme, ascii: Bool,
    autosaves: Bool
  ) throws(Failure) {
    let backend: CursesBackend
    do { backend = try CursesBackend(ascii: ascii) } catch TerminalError.notATerminal {
      throw Failure(
        .usage,
        "the workbench needs a terminal at standard input and output; without one there are "
          + "'weft train' and 'weft --script FILE'")
    } catch {
      throw Failure(.usage, sentence("\(error)"))
    }
    var saving = Saving.standard(for: run)
    if !autosaves { saving.autosavePath = nil }
    let waker = backend.waker
    let workbench = Workbench(
      run: run, saving: saving, theme: theme, size: backend.size,
      capabilities: backend.capabilities,
      wake: { waker.wake() })
    if let comparison { workbench.open(comparison) }
    let status = EventLoop.run(workbench, on: backend)
    backend.close()
    if let problem = workbench.problemAtEnd {
      throw Failure(exit: status == 0 ? ExitStatus.failed.rawValue : status, problem)
    }
    if status != 0 { throw Failure(exit: status) }
  }

  /// Plays a script. Throws a `Failure` with status 65 for a script that cannot be understood, 1 for
  /// one that fails on the way.
  static func play(
    _ script: Script, run: sending Run, comparison: sending OpenedComparison?, theme: Theme,
    size: Size, ascii: Bool
  ) throws(Failure) {
    var problem: Failure?
    let status: Int32
    do throws(ScriptError) {
      status = try script.play(
        run: run, theme: theme, size: size,
        capabilities: Capabilities(
          colors: getenv("NO_COLOR").map { $0.pointee != 0 } ?? false ? .mono : .palette256,
          unicode: !ascii), comparison: comparison
      ) { text in
        do throws(Failure) { try Output.write(text) } catch { problem = problem ?? error }
      }
    } catch { throw Failure(exit: error.exitStatus, error.description) }
    if let problem { throw problem }
    if status != 0 { throw Failure(exit: status) }
  }

  /// A message of another module in the form of ours: no capital at the start, no full stop.
  private static func sentence(_ text: String) -> String {
    let bare = text.hasSuffix(".") ? String(text.dropLast()) : text
    return bare.prefix(1).lowercased() + bare.dropFirst()
  }
}
