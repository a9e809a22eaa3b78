import CKernels
import Foundation

/// Adam (Kingma and Ba 2015) with bias correction, and AdamW (Loshchilov and Hutter 2019) where
/// `decay` is not 0:
///
///     m ← β₁ m + (1 − β₁) g        v ← β₂ v + (1 − β₂) g²
///     p ← p − rate · m̂ / (√v̂ + ε) − rate · decay · p
///
/// with m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ), and g the gradient times `gradientScale`.
public struct Adam: Update {
  let parameter, gradient, firstMoment, secondMoment, stepCount, rate, gradientScale: Tensor
  let beta1, beta2, epsilon, decay: Float

  /// - Parameters:
  ///   - firstMoment, secondMoment: variables like the parameter, 0 at first.
  ///   - stepCount: a scalar variable that counts the steps as a float, 0 at first. An ``Increment``
  ///     of it is added before the first update that uses it; updates may share a counter.
  ///   - rate: a scalar tensor, an input as a rule.
  ///   - gradientScale: a scalar the gradient is multiplied by first (see ``Clipping``); none is 1.
  public init(
    parameter: Tensor, gradient: Tensor, firstMoment: Tensor, secondMoment: Tensor,
    stepCount: Tensor, rate: Tensor, beta1: Float = 0.9, beta2: Float = 0.999,
    epsilon: Float = 1e-8, decay: Float = 0, gradientScale: Tensor? = nil
  ) {
    self.parameter = parameter
    self.gradient = gradient
    self.firstMoment = firstMoment
    self.secondMoment = secondMoment
    self.stepCount = stepCount
    self.rate = rate
    self.gradientScale = gradientScale ?? parameter.graph.constant(1)
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.decay = decay
  }

  public func place(in graph: Graph) {
    let operation = AdamOperation(beta1: beta1, beta2: beta2, epsilon: epsilon, decay: decay)
    operation.check([gradient, firstMoment, secondMoment], haveShapeOf: parameter)
    operation.check(scalars: [stepCount, rate, gradientScale])
    Increment(stepCount).place(in: graph)
    graph.appendUpdate(
      operation,
      [parameter, gradient, firstMoment, secondMoment, stepCount, rate, gradientScale],
      writing: [parameter, firstMoment, secondMoment])
  }

  /// The change this update is going to make to the parameter, as a tensor like the parameter.
  /// Nothing is updated; a regulariser that looks one step ahead wants it.
  public var candidateStep: Tensor {
    let g = gradient * gradientScale
    let m = firstMoment * beta1 + g * (1 - beta1)
    let v = secondMoment * beta2 + g.square() * (1 - beta2)
    let t = stepCount + 1
    let correction1 = 1 - (t * Foundation.log(beta1)).exp()
    let correction2 = 1 - (t * Foundation.log(beta2)).exp()
    let step = -(rate * (m / correction1) / ((v / correction2).sqrt() + epsilon))
    return decay == 0 ? step : step - rate * decay * parameter
  }
}

private struct AdamOperation: GradientUpdate {
  let beta1, beta2, epsilon, decay: Float
  var name: String { "Adam" }
  var written: [Int] { [0, 2, 3] }

  var nanosecondsPerElement: Double { 0.5 }
  var counter: Int? { 4 }

  func updater(_ site: Site, isCounted: Bool) -> PatchUpdater {
    let p = site.operands.map(\.pointer)
    let (parameter, first, second) = (p[0], p[2], p[3])
    let (count, rate, scale) = (p[4], p[5], p[6])
    let (beta1, beta2, epsilon, decay) = (beta1, beta2, epsilon, decay)
    let ahead = isCounted ? 0.0 : 1.0
    return { patch, gradient, stride in
      let t = Double(count[0]) + ahead
      let settings = weft_adam(
        rate: rate[0], beta1: beta1, beta2: beta2, epsilon: epsilon,
        c1: Float(1 / (1 - pow(Double(beta1), t))), c2: Float(1 / (1 - pow(Double(beta2), t))),
        decay: decay, scale: scale[0])
      for row in 0..<patch.rows {
        let at = patch.first + row * patch.stride
        weft_adam_update(
          settings, parameter + at, first + at, second + at, gradient + row * stride,
          patch.columns)
      }
    }
  }
}

/// ``Adam`` with decoupled weight decay under its own name.
public struct AdamW: Update {
  public let adam: Adam

  public init(
    parameter: Tensor, gradient: Tensor, firstMoment: Tensor, secondMoment: Tensor,
    stepCount: Tensor, rate: Tensor, beta1: Float = 0.9, beta2: Float = 0.999,
    epsilon: Float = 1e-8, decay: Float = 0.01, gradientScale: Tensor? = nil
  ) {
    adam = Adam(
      parameter: parameter, gradient: gradient, firstMoment: firstMoment,
      secondMoment: secondMoment, stepCount: stepCount, rate: rate, beta1: beta1, beta2: beta2,
      epsilon: epsilon, decay: decay, gradientScale: gradientScale)
  }

  public func place(in graph: Graph) { adam.place(in: graph) }
}
