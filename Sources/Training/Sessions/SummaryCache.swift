import Foundation
import Synchronization

/// Summaries of session files, each read once as long as its file does not change.
enum SummaryCache {
  /// Files up to this size are read and checked as a whole, larger ones at their two ends.
  private static let wholeLimit = 8 << 20
  private static let capacity = 2048

  private struct Key: Hashable {
    var path: String
    var size: Int
    var inode: UInt64
    var seconds: Int
    var nanoseconds: Int
  }

  private static let known = Mutex<[Key: SessionSummary]>([:])

  static func summary(_ path: String) -> SessionSummary {
    var status = stat()
    guard stat(path, &status) == 0 else {
      return problem("\(path): there is no such file", path, size: 0, modified: 0)
    }
    let key = Key(
      path: path, size: Int(status.st_size), inode: UInt64(status.st_ino),
      seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
    if let summary = known.withLock({ $0[key] }) { return summary }
    let modified = Double(key.seconds) + Double(key.nanoseconds) * 1e-9
    let summary = read(path, size: key.size, modified: modified)
    known.withLock {
      if $0.count >= capacity { $0 = [:] }
      $0[key] = summary
    }
    return summary
  }

  private static func read(_ path: String, size: Int, modified: Double) -> SessionSummary {
    do throws(SessionError) {
      let isWhole = size <= wholeLimit
      let bytes = try Files.read(
        path, limit: isWhole ? wholeLimit : SessionFormat.headLimit, wholly: isWhole)
      let decoding = SessionDecoding(path: path, bytes: bytes)
      if ComparisonFile.looksLikeComparison(bytes) {
        if isWhole { try decoding.checkChecksum() }
        return try comparison(bytes, path, size: size, modified: modified)
      }
      let head = try decoding.head()
      if isWhole { try decoding.checkChecksum() }
      return SessionSummary(
        path: path, experiment: head.experiment, step: head.step, seed: head.seed,
        trainingLoss: head.trainingLoss, validationLoss: head.validationLoss, size: size,
        modified: modified, thumbnail: Array((head.thumbnail ?? []).prefix(32)), problem: nil)
    } catch { return problem(error.description, path, size: size, modified: modified) }
  }

  private static func comparison(
    _ bytes: Data, _ path: String, size: Int, modified: Double
  ) throws(SessionError) -> SessionSummary {
    guard let head = ComparisonFile.head(bytes) else {
      throw SessionError("\(path): this comparison is damaged")
    }
    return SessionSummary(
      path: path, experiment: head.contest, step: 0, seed: head.seeds.first ?? 0,
      trainingLoss: nil, validationLoss: nil, size: size, modified: modified, thumbnail: [],
      problem: nil,
      race: .init(
        methods: head.entries.count, seeds: head.seeds.count,
        progress: min(max(head.progress, 0), 1), isDone: head.isDone))
  }

  private static func problem(
    _ text: String, _ path: String, size: Int, modified: Double
  ) -> SessionSummary {
    SessionSummary(
      path: path, experiment: "", step: 0, seed: 0, trainingLoss: nil, validationLoss: nil,
      size: size, modified: modified, thumbnail: [], problem: text)
  }
}
