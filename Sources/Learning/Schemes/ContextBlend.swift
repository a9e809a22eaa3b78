import Autodiff

/// Holds the networks between two contexts to the mean of what the two say: with t even in [0, 1] and a
/// partner j of every task i of a step, drawn anew, L grows by
///
///     weight · mean (f(x; H(t zᵢ + (1 − t) zⱼ)) − t f(x; H(zᵢ)) − (1 − t) f(x; H(zⱼ)))²,
///
/// what the two say being taken as it is (no gradient flows through it). It is mixup (Zhang et al. 2018)
/// of contexts in the place of inputs. Between two signed distances lies their mean: of two balls about one
/// centre the ball half way.
public struct ContextBlend: Hashable, Sendable {
  public let weight: Float
  /// Inputs of each task that are compared; at most those of the batch.
  public let examples: Int

  public init(weight: Float, examples: Int) {
    self.weight = weight
    self.examples = examples
  }

  private static let partners = "blend.partners"
  private static let shares = "blend.shares"

  /// - Parameters:
  ///   - z: contexts [T, contextCount] of the step's tasks.
  ///   - x: their inputs [T, B, inputs].
  ///   - outputs: f(x; H(z)), [T, B, outputs].
  func loss(of model: HypernetworkModel, z: Tensor, x: Tensor, outputs: Tensor) -> Tensor {
    let graph = z.graph
    let (tasks, count) = (z.shape[0], min(examples, x.shape[1]))
    let partners = graph.input(Self.partners, [tasks])
    let share = graph.input(Self.shares, [tasks, 1])
    let rest = 1 - share
    let other = z.gather(rows: partners)
    let few = x.slice(axis: 1, from: 0, count: count)
    // Both in one pass of the generator.
    let both = model.outputs(
      of: Tensor.concatenate([few, few], axis: 0),
      contexts: Tensor.concatenate([other.stopGradient(), share * z + rest * other], axis: 0),
      theta: Theta(graph)
    ).outputs
    let own = outputs.slice(axis: 1, from: 0, count: count)
    let others = both.slice(axis: 0, from: 0, count: tasks)
    let wide = share.reshaped(to: [tasks, 1, 1])
    let mean = (wide * own + (1 - wide) * others).stopGradient()
    let difference = both.slice(axis: 0, from: tasks, count: tasks) - mean
    return weight * difference.square().mean()
  }

  /// Writes who is whose partner, and where between the two.
  struct Feed {
    private let partners, shares: UnsafeMutableBufferPointer<Float>

    init(_ plan: Plan) {
      partners = plan.input(ContextBlend.partners)
      shares = plan.input(ContextBlend.shares)
    }

    func write(seed: UInt64, step: Int) {
      let key = RandomKey(seed: seed, stream: .blend, step: step)
      for row in partners.indices {
        partners[row] = Float(key.integer(below: partners.count, index: row))
      }
      key.fillUniform(shares, first: partners.count)
    }
  }
}
