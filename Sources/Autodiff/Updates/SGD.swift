import CKernels

/// p ← p − rate · scale · g.
public struct SGD: Update {
  let parameter, gradient, rate, gradientScale: Tensor

  /// - Parameters:
  ///   - rate: a scalar tensor, an input as a rule.
  ///   - gradientScale: a scalar the gradient is multiplied by first (see ``Clipping``); none is 1.
  public init(parameter: Tensor, gradient: Tensor, rate: Tensor, gradientScale: Tensor? = nil) {
    self.parameter = parameter
    self.gradient = gradient
    self.rate = rate
    self.gradientScale = gradientScale ?? parameter.graph.constant(1)
  }

  public func place(in graph: Graph) {
    let operation = SGDOperation()
    operation.check([gradient], haveShapeOf: parameter)
    operation.check(scalars: [rate, gradientScale])
    graph.appendUpdate(
      operation, [parameter, gradient, rate, gradientScale], writing: [parameter])
  }
}

private struct SGDOperation: GradientUpdate {
  var name: String { "SGD" }
  var written: [Int] { [0] }

  var nanosecondsPerElement: Double { 0.2 }

  func updater(_ site: Site, isCounted: Bool) -> PatchUpdater {
    let p = site.operands.map(\.pointer)
    let (parameter, rate, scale) = (p[0], p[2], p[3])
    return { patch, gradient, stride in
      for row in 0..<patch.rows {
        weft_sgd_update(
          rate[0], scale[0], parameter + patch.first + row * patch.stride,
          gradient + row * stride, patch.columns)
      }
    }
  }
}

/// v ← momentum · v + scale · g, then p ← p − rate · v (PyTorch's form).
public struct Momentum: Update {
  let parameter, gradient, velocity, rate, momentum, gradientScale: Tensor

  /// `rate`, `momentum` and `gradientScale` are scalar tensors; `velocity` is a variable like the
  /// parameter, 0 at first.
  public init(
    parameter: Tensor, gradient: Tensor, velocity: Tensor, rate: Tensor, momentum: Tensor,
    gradientScale: Tensor? = nil
  ) {
    self.parameter = parameter
    self.gradient = gradient
    self.velocity = velocity
    self.rate = rate
    self.momentum = momentum
    self.gradientScale = gradientScale ?? parameter.graph.constant(1)
  }

  /// With a momentum fixed while building.
  public init(
    parameter: Tensor, gradient: Tensor, velocity: Tensor, rate: Tensor, momentum: Float,
    gradientScale: Tensor? = nil
  ) {
    self.init(
      parameter: parameter, gradient: gradient, velocity: velocity, rate: rate,
      momentum: parameter.graph.constant(momentum), gradientScale: gradientScale)
  }

  public func place(in graph: Graph) {
    let operation = MomentumOperation()
    operation.check([gradient, velocity], haveShapeOf: parameter)
    operation.check(scalars: [rate, momentum, gradientScale])
    graph.appendUpdate(
      operation, [parameter, gradient, velocity, rate, momentum, gradientScale],
      writing: [parameter, velocity])
  }
}

private struct MomentumOperation: GradientUpdate {
  var name: String { "momentum" }
  var written: [Int] { [0, 2] }

  var nanosecondsPerElement: Double { 0.3 }

  func updater(_ site: Site, isCounted: Bool) -> PatchUpdater {
    let p = site.operands.map(\.pointer)
    let (parameter, velocity) = (p[0], p[2])
    let (rate, momentum, scale) = (p[3], p[4], p[5])
    return { patch, gradient, stride in
      for row in 0..<patch.rows {
        let at = patch.first + row * patch.stride
        weft_momentum_update(
          rate[0], momentum[0], scale[0], parameter + at, velocity + at,
          gradient + row * stride, patch.columns)
      }
    }
  }
}
