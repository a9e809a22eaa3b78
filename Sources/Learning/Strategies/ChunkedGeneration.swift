import Autodiff

/// All weights in one row, cut into chunks that one small head writes in turn: the trunk reads the
/// context beside a learned embedding of the chunk (von Oswald et al. 2020). What the last chunk has
/// too many is thrown away. A chunk as long as the row is one flat head.
public struct ChunkedGeneration: Strategy {
  private let target: [TensorSpecification]
  private let trunk: Trunk
  private let gain: Float
  private let size: Int
  /// Length of a chunk's embedding; 0 where there is but one chunk.
  private let embeddingCount: Int

  /// - Parameter trunk: reads contexts alone; it is widened by the chunk's embedding.
  public init(
    trunk: Trunk, target: [TensorSpecification], gain: Float, size: Int, embeddingCount: Int
  ) {
    self.target = target
    self.gain = gain
    let total = target.reduce(0) { $0 + $1.shape.count }
    self.size = min(size, total)
    self.embeddingCount = total > self.size ? embeddingCount : 0
    // A chunk's embedding is of the size of 1.
    let (own, chunk) = (Float(trunk.contextCount), Float(self.embeddingCount))
    self.trunk = Trunk(
      contextCount: trunk.contextCount + self.embeddingCount,
      contextSquare: (own * trunk.contextSquare + chunk) / (own + chunk), widths: trunk.widths,
      activation: trunk.activation, encoding: trunk.encoding, initialization: trunk.initialization)
  }

  private var total: Int { target.reduce(0) { $0 + $1.shape.count } }
  private var chunks: Int { (total + size - 1) / size }

  /// The variance every weight should have, in the row's order; nil where the initialisation does not
  /// ask.
  private var variances: [Float]? {
    let wanted = target.map { trunk.initialization.variance(of: $0, gain: gain) }
    guard wanted.allSatisfy({ $0 != nil }) else { return nil }
    return zip(target, wanted).flatMap { tensor, variance in
      Array(repeating: variance ?? 0, count: tensor.shape.count)
    }
  }

  public var variables: [VariableSpecification] {
    let width = trunk.outputCount
    let mean = variances.map { $0.reduce(0, +) / Float($0.count) }
    let ordinary = target.map { tensor in
      VariableSpecification.Start.Part(
        count: tensor.shape.count,
        deviation: tensor.role == .weight ? (gain / Float(tensor.fanIn)).squareRoot() : 0)
    }
    let isWhole = chunks == 1
    var start = trunk.head(
      outputs: size, variance: mean,
      own: isWhole ? .normalParts(ordinary) : .normal(deviation: 0.1))
    if isWhole, let variances, trunk.initialization != .biasHyperInit {
      start.weight = .normalParts(
        zip(target, target.indices).map { tensor, index in
          let first = target[..<index].reduce(0) { $0 + $1.shape.count }
          return .init(
            count: tensor.shape.count,
            deviation: HeadInitialization.deviation(variances[first], width, trunk.signal))
        })
    }
    var all = trunk.variables
    if !isWhole {
      // A chunk's weights are as large as its embedding makes them.
      let deviations = (0..<chunks).map { chunk -> Float in
        guard let variances, let mean, mean > 0 else { return 1 }
        let part = variances[chunk * size..<min((chunk + 1) * size, total)]
        return (part.reduce(0, +) / Float(part.count) / mean).squareRoot()
      }
      all.insert(
        VariableSpecification(
          "chunks", [chunks, embeddingCount], .normalRows(deviations: deviations)), at: 0)
    }
    return all + [
      VariableSpecification("head.weight", [width, size], start.weight),
      VariableSpecification("head.bias", [size], start.bias),
    ]
  }

  public var emittedCount: Int { total }

  public func generate(from contexts: Tensor, theta: Theta) -> [Weight] {
    let tasks = contexts.shape[0]
    var z = contexts
    if chunks > 1 {
      let own = contexts.reshaped(to: [tasks, 1, contexts.shape[1]])
        .broadcast(to: [tasks, chunks, contexts.shape[1]])
      let chunk = theta("chunks", [chunks, embeddingCount])
        .broadcast(to: [tasks, chunks, embeddingCount])
      z = Tensor.concatenate([own, chunk], axis: 2)
        .reshaped(to: [tasks * chunks, contexts.shape[1] + embeddingCount])
    }
    let head = trunk(z, theta: theta).matmul(theta("head.weight", [trunk.outputCount, size]))
    let row = (head + theta("head.bias", [size])).reshaped(to: [tasks, chunks * size])
    var first = 0
    return target.map { tensor in
      defer { first += tensor.shape.count }
      return Weight(
        row.slice(axis: 1, from: first, count: tensor.shape.count)
          .reshaped(to: Shape([tasks] + tensor.shape.dimensions)))
    }
  }
}
