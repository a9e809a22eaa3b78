extension Behaviour {
  /// A network whose architecture is the context: what it is, and what it comes to with generated weights.
  public struct Network: Sendable {
    /// That of the context, or the nearest to it.
    public var architecture: Architecture
    /// Whether the context lies between architectures: then what is measured is a mixture.
    public var isBetween: Bool
    /// Share of unseen images that are classified rightly with generated weights, and how many there were.
    public var accuracy: Float
    public var loss: Float
    public var images: Int
    public var size: NetworkSize
    public var space: SearchSpace
    /// What the networks that were trained for real come to, where this is one of them.
    public var trained: Float?

    public init(
      architecture: Architecture, isBetween: Bool, accuracy: Float, loss: Float, images: Int,
      size: NetworkSize, space: SearchSpace, trained: Float?
    ) {
      self.architecture = architecture
      self.isBetween = isBetween
      self.accuracy = accuracy
      self.loss = loss
      self.images = images
      self.size = size
      self.space = space
      self.trained = trained
    }

    /// How contexts write architectures.
    public var code: ArchitectureCode { ArchitectureCode(space, nodes: space.mostNodes) }
  }
}
