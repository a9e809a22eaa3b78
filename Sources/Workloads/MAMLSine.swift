import Autodiff
import CKernels
import Learning

/// MAML (Finn et al. 2017) on sinusoids: one inner SGD step a task, and the exact gradient through
/// it, second-order term included.
enum MAMLSine {
  static let workload = Workload(
    "maml-sine",
    sizes: [
      .size("tasks", 25, "tasks of a step"),
      .size("points", 10, "support points of a task, and query points"),
      .size("width", 40, "width of the MLP's hidden layers", most: 1024),
    ]
  ) { size in
    let (tasks, points, width) = (size("tasks"), size("points"), size("width"))
    let builder = ProblemBuilder()
    let shape: Shape = [tasks, points, 1]
    let batch = builder.batch(
      [("support x", shape), ("support y", shape), ("query x", shape), ("query y", shape)],
      fresh: true
    ) { arrays, key in
      for (x, y, first) in [(arrays[0], arrays[1], 0), (arrays[2], arrays[3], arrays[0].count)] {
        key.fillUniform(x, from: -5, to: 5, first: first)
        drawSinusoids(x, y, points: points, key, first: 2 * arrays[0].count)
      }
    }
    var theta: [Tensor] = []
    for (index, layer) in [(1, width), (width, width), (width, 1)].enumerated() {
      theta.append(
        builder.parameter(
          "w\(index + 1)", [layer.0, layer.1], variance: 1 / Float(layer.0)))
      theta.append(builder.parameter("b\(index + 1)", [layer.1], variance: 0))
    }
    // Every task's own view of the shared parameters, so that the gradient by it is the task's.
    let own = theta.map { tensor in
      tensor.reshaped(to: tensor.shape.rank == 1 ? [1, 1, tensor.shape[0]] : [1] + tensor.shape)
        .broadcast(
          to: tensor.shape.rank == 1 ? [tasks, 1, tensor.shape[0]] : [tasks] + tensor.shape)
    }
    let support = (network(own, batch[0]) - batch[1]).square().sum() * (1 / Float(points))
    let fast = zip(own, support.gradient(of: own)).map { $0 - $1 * 0.01 }
    let query = (network(fast, batch[2]) - batch[3]).square().mean()
    return builder.minimise(query, rate: 1e-3)
  }

  /// An MLP with ReLU, weights [T, in, out] and biases [T, 1, out] in turn.
  private static func network(_ parameters: [Tensor], _ inputs: Tensor) -> Tensor {
    let h1 = (inputs.matmul(parameters[0]) + parameters[1]).relu()
    let h2 = (h1.matmul(parameters[2]) + parameters[3]).relu()
    return h2.matmul(parameters[4]) + parameters[5]
  }

  /// y = a sin(x − φ) with a uniform in [0.1, 5) and φ in [0, π) for each task: numbers of the key
  /// from `first` on.
  private static func drawSinusoids(
    _ x: UnsafeMutableBufferPointer<Float>, _ y: UnsafeMutableBufferPointer<Float>, points: Int,
    _ key: RandomKey, first: Int
  ) {
    guard let out = y.baseAddress else { return }
    for task in 0..<x.count / points {
      var draw: (Float, Float) = (0, 0)
      withUnsafeMutableBytes(of: &draw) {
        key.fillUniform($0.bindMemory(to: Float.self), first: first + 2 * task)
      }
      let (amplitude, phase) = (0.1 + 4.9 * draw.0, Float.pi * draw.1)
      for i in task * points..<(task + 1) * points { y[i] = x[i] - phase }
      let own = out + task * points
      weft_apply(WEFT_SIN, own, own, nil, nil, 0, points)
      for i in task * points..<(task + 1) * points { y[i] *= amplitude }
    }
  }
}

extension Shape {
  fileprivate static func + (lead: [Int], shape: Shape) -> Shape {
    Shape(lead + shape.dimensions)
  }
}
