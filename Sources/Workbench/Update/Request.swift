import Foundation
import Terminal
import Training

/// Something `update` wants done outside the model: the edge does it and answers with messages.
public enum Request: Sendable {
  case train(Command)
  /// Open a session file, after saving the present run.
  case open(path: String)
  /// Start an experiment from its first step, after saving the present run.
  case start(experiment: String)
  /// Set a race up, in place of the one there is.
  case beginRace(ComparisonSetup)
  case race(RaceCommand)
  case listSessions
  /// Read an architecture's file.
  case readArchitecture(path: String)
  /// Write a file whole or not at all.
  case write(data: Data, path: String, what: String)
  case theme(name: String)
  /// The theme after the one of a name, in the order of all there are by now.
  case nextTheme(after: String)
  /// Look again which themes there are.
  case listThemes
  case terminal(TerminalRequest)
  case quit
}
