import Learning

/// Keeps a run on disk.
final class Saver {
  private(set) var status = Snapshot.SaveStatus(path: nil, step: nil, time: nil, error: nil)
  init(_ saving: Saving) {}
  func save(_ run: Run, to path: String?) {}
  func saveIfDue(_ run: Run, now: Double) {}
  func saveAtEnd(_ run: Run) {}
}
