import Learning
import Terminal
import Training

/// Something the model has to take in.
public enum Message: Sendable {
  case key(Key)
  case mouse(Mouse)
  /// A line as it is typed into the palette: a command's name and its arguments.
  case line(String)
  case resize(Size)
  /// Time went on; `now` says how far.
  case time
  /// The run has a newer snapshot.
  case snapshot(Snapshot)
  /// Another run took the place of the one before: a session was opened, an experiment started.
  case opened(Snapshot)
  case probe(ProbeResult)
  /// Whether z matters, and whether the generated weights are of the right size.
  case examination(Examination)
  /// Predictions beside what was trained for real.
  case scouting(Scouting)
  /// An architecture was trained for real.
  case trained(TrainedOrder)
  /// An architecture was read from a file.
  case architecture(Architecture, path: String)
  /// Themes that can be chosen.
  case themes([String])
  case theme(Theme)
  /// What the session browser shows.
  case sessions([SessionSummary])
  /// Something that was requested is done, in a sentence.
  case success(String)
  /// The run cannot be saved, so the program did not end; why, in a sentence.
  case notSaved(String)
  /// The race has a newer snapshot.
  case race(RaceSnapshot)
  /// A race was set up, or opened from a file; the one before is in the file that is named.
  case raceOpened(RaceSnapshot, isFromFile: Bool, left: String? = nil)
  /// There is no race; why, in a sentence.
  case noRace(String)
  /// Something that was requested cannot be done, in a sentence.
  case failure(String)
}
