import Training

/// A comparison that was read from a file, to begin with.
public struct OpenedComparison {
  let path: String
  let comparison: Comparison

  /// Throws where the file cannot be read, with the reason.
  public init(path: String) throws(SessionError) {
    self.path = path
    comparison = try ComparisonFile.open(path)
  }

  /// What it is about.
  public var contest: String { comparison.contest.name }
}
