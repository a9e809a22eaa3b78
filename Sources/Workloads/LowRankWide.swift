import Autodiff
import Learning

/// A classifier 64-512-512-10 a task whose weight matrices are generated as U Vᵀ of rank 8, biases in
/// full. A layer is (x U) Vᵀ + b: the product U Vᵀ is never formed.
enum LowRankWide {
  static let workload = Workload(
    "lowrank-wide",
    sizes: [
      .size("tasks", 8, "classification tasks"),
      .size("embedding", 16, "numbers of a task's embedding"),
      .size("hidden", 64, "width of the hyper MLP's hidden layers"),
      .size("inputs", 64, "inputs of the main MLP"),
      .size("width", 512, "width of the main MLP's hidden layers"),
      .size("classes", 10, "classes", least: 2, most: 1000),
      .size("rank", 8, "columns of U and V", most: 256),
      .size("examples", 64, "examples of each task"),
    ]
  ) { size in
    let (tasks, examples, rank) = (size("tasks"), size("examples"), size("rank"))
    let (inputs, classes) = (size("inputs"), size("classes"))
    let layers = [inputs, size("width"), size("width"), classes]
    let pairs = Array(zip(layers, layers.dropFirst()))
    let count = pairs.reduce(0) { $0 + rank * ($1.0 + $1.1) + $1.1 }
    let builder = ProblemBuilder()
    let hyper = HyperMLP(
      tasks: tasks, embedding: size("embedding"), hidden: size("hidden"), gain: 1,
      activation: { $0.tanh() })
    let weights = hyper(count, builder) { numbers, key in
      var start = 0
      for (inputs, outputs) in pairs {
        // Then U Vᵀ has variance 2 / in.
        let factors = rank * (inputs + outputs)
        let deviation = (2 / Float(rank * inputs)).squareRoot().squareRoot()
        key.fillNormal(
          UnsafeMutableBufferPointer(rebasing: numbers[start..<start + factors]),
          deviation: deviation, first: start)
        start += factors
        numbers[start..<start + outputs].update(repeating: 0)
        start += outputs
      }
    }

    let batch = builder.batch([("x", [tasks, examples, inputs]), ("y", [tasks, examples])]) {
      arrays, key in
      key.fillNormal(arrays[0])
      key.fillLabels(arrays[1], classes: classes, first: arrays[0].count)
    }
    var x = batch[0]
    var parts = FlatParts(weights)
    for (index, layer) in pairs.enumerated() {
      let u = parts.next(layer.0, rank)
      let v = parts.next(layer.1, rank)
      let sum = x.matmul(u).matmul(v.transposed()) + parts.next(1, layer.1)
      x = index == pairs.count - 1 ? sum : sum.relu()
    }
    return builder.minimise(x.crossEntropy(labels: batch[1]).mean(), rate: 1e-3)
  }
}
