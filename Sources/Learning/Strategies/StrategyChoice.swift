/// The strategies by name.
public enum StrategyChoice: String, CaseIterable, Hashable, Sendable {
  /// A head for each tensor.
  case full
  /// One head for all of them.
  case flat
  case chunked
  case lowRank = "low-rank"
  case film
  case residual
  case lora

  /// What some of them want to know.
  public struct Sizes: Hashable, Sendable {
    public var chunk: Int
    public var chunkEmbedding: Int
    public var rank: Int
    public var isBaseFrozen: Bool
    /// Whether FiLM's scale is 1 + Δ; Δ alone is wrong.
    public var isFiLMAroundOne = true

    public init(
      chunk: Int, chunkEmbedding: Int, rank: Int, isBaseFrozen: Bool, isFiLMAroundOne: Bool = true
    ) {
      self.isFiLMAroundOne = isFiLMAroundOne
      self.chunk = chunk
      self.chunkEmbedding = chunkEmbedding
      self.rank = rank
      self.isBaseFrozen = isBaseFrozen
    }
  }

  /// Numbers a trunk may hold for all chunks of all tasks at once.
  private static let mostChunkNumbers = 50_000_000

  /// - Parameters:
  ///   - gain: the c of the target's activation.
  ///   - tasks: how many are generated for at once, at most.
  public func strategy(
    trunk: Trunk, target: [TensorSpecification], gain: Float, sizes: Sizes, tasks: Int
  ) throws(KnobError) -> any Strategy {
    let total = target.reduce(0) { $0 + $1.shape.count }
    switch self {
    case .full: return FullGeneration(trunk: trunk, target: target, gain: gain)
    case .flat:
      return ChunkedGeneration(
        trunk: trunk, target: target, gain: gain, size: total, embeddingCount: 0)
    case .chunked:
      let chunks = (total + sizes.chunk - 1) / sizes.chunk
      let widest = (trunk.widths + [trunk.inputCount + sizes.chunkEmbedding]).max() ?? 1
      guard chunks * widest * tasks <= Self.mostChunkNumbers else {
        throw KnobError(
          "chunks of \(sizes.chunk) cut \(total) weights into \(chunks) pieces, too many for a "
            + "hypernetwork \(widest) wide and \(tasks) tasks; choose a larger chunk")
      }
      return ChunkedGeneration(
        trunk: trunk, target: target, gain: gain, size: sizes.chunk,
        embeddingCount: sizes.chunkEmbedding)
    case .lowRank:
      return LowRankGeneration(trunk: trunk, target: target, gain: gain, rank: sizes.rank)
    case .film:
      return FiLMGeneration(
        trunk: trunk, target: target, gain: gain, isAroundOne: sizes.isFiLMAroundOne)
    case .residual: return ResidualGeneration(trunk: trunk, target: target, gain: gain)
    case .lora:
      return LoRAGeneration(
        trunk: trunk, target: target, gain: gain, rank: sizes.rank,
        isBaseFrozen: sizes.isBaseFrozen)
    }
  }
}
