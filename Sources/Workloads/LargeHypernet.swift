import Autodiff
import Learning

/// A head of 69 million parameters writes a classifier 256-256-256-10 for each of four tasks: memory
/// traffic decides.
enum LargeHypernet {
  static let workload = Workload(
    "large-hypernet",
    sizes: [
      .size("tasks", 4, "classification tasks"),
      .size("embedding", 64, "numbers of a task's embedding"),
      .size("hidden", 512, "width of the hyper MLP's hidden layers", most: 1024),
      .size("width", 256, "inputs and hidden units of the main MLP", most: 512),
      .size("classes", 10, "classes", least: 2, most: 1000),
      .size("examples", 256, "examples of each task"),
    ]
  ) { size in
    let (tasks, examples, width) = (size("tasks"), size("examples"), size("width"))
    let classes = size("classes")
    let builder = ProblemBuilder()
    let hyper = HyperMLP(
      tasks: tasks, embedding: size("embedding"), hidden: size("hidden"), gain: 2,
      activation: { $0.relu() })
    let main = FlatMLP(widths: [width, width, width, classes], gain: 2)
    let batch = builder.batch([("x", [tasks, examples, width]), ("y", [tasks, examples])]) {
      arrays, key in
      key.fillNormal(arrays[0])
      key.fillLabels(arrays[1], classes: classes, first: arrays[0].count)
    }
    let logits = hyper(main, batch[0], builder)
    return builder.minimise(logits.crossEntropy(labels: batch[1]).mean(), rate: 1e-3)
  }
}

extension RandomKey {
  /// Fills with whole numbers 0 ..< classes, uniformly; element i is number `first + i` of the key.
  func fillLabels(_ out: UnsafeMutableBufferPointer<Float>, classes: Int, first: Int) {
    forEachInteger(out.count, below: classes, first: first) { out[$0] = Float($1) }
  }
}
