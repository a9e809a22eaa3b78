/// What the session browser and `weft list` show of a file without loading its parameters.
public struct SessionSummary: Sendable, Hashable {
  /// What is told of a comparison of methods instead.
  public struct Race: Sendable, Hashable {
    public let methods: Int
    public let seeds: Int
    /// From 0 to 1.
    public let progress: Double
    public let isDone: Bool

    /// `1 method`, `12 methods`.
    public var methodWords: String { methods == 1 ? "1 method" : "\(methods) methods" }
  }

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
  /// Where the file is a comparison; `experiment` is then the contest, `seed` its first seed.
  public let race: Race?

  public init(
    path: String, experiment: String, step: Int, seed: UInt64, trainingLoss: Float?,
    validationLoss: Float?, size: Int, modified: Double, thumbnail: [Float], problem: String?,
    race: Race? = nil
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
    self.race = race
  }
}
