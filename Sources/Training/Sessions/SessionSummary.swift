/// What the session browser and `weft list` show of a file without loading its parameters.
public struct SessionSummary: Sendable, Hashable {
  public let path: String
  public let experiment: String
  public let step: Int
  public let seed: UInt64
  public let trainingLoss: Float?
  public let validationLoss: Float?
  /// Bytes of the file, and when it was last written (seconds since 1970).
  public let size: Int
  public let modified: Double
  /// Training losses over the run, at most 32 numbers, for a thumbnail.
  public let thumbnail: [Float]
  /// Why the file cannot be opened, if it cannot.
  public let problem: String?

  public init(
    path: String, experiment: String, step: Int, seed: UInt64, trainingLoss: Float?,
    validationLoss: Float?, size: Int, modified: Double, thumbnail: [Float], problem: String?
  ) {
    self.path = path
    self.experiment = experiment
    self.step = step
    self.seed = seed
    self.trainingLoss = trainingLoss
    self.validationLoss = validationLoss
    self.size = size
    self.modified = modified
    self.thumbnail = thumbnail
    self.problem = problem
  }
}
