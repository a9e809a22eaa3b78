import Autodiff
import Learning

/// T regression tasks: a hyper MLP E-H-H-P with tanh turns each task's embedding into all P weights
/// and biases of a main MLP 1-D-D-1 with tanh, which learns sin(x + 0.3 t) for task t from B points.
enum Multitask {
  static let all = [
    workload("multitask-small", tasks: 8, embedding: 8, hidden: 32, width: 16, points: 32),
    workload("multitask-medium", tasks: 16, embedding: 8, hidden: 64, width: 64, points: 64),
    workload("multitask-large", tasks: 32, embedding: 16, hidden: 128, width: 128, points: 128),
  ]

  private static func workload(
    _ name: String, tasks: Int, embedding: Int, hidden: Int, width: Int, points: Int
  ) -> Workload {
    Workload(
      name,
      sizes: [
        .size("tasks", tasks, "regression tasks"),
        .size("embedding", embedding, "numbers of a task's embedding"),
        .size("hidden", hidden, "width of the hyper MLP's hidden layers"),
        .size("width", width, "width of the main MLP's hidden layers", most: 1024),
        .size("points", points, "points of each task"),
      ]
    ) { size in
      let (tasks, points, width) = (size("tasks"), size("points"), size("width"))
      let builder = ProblemBuilder()
      let hyper = HyperMLP(
        tasks: tasks, embedding: size("embedding"), hidden: size("hidden"), gain: 1,
        activation: { $0.tanh() })
      let main = FlatMLP(widths: [1, width, width, 1], gain: 1)
      let batch = builder.batch([("x", [tasks, points, 1]), ("y", [tasks, points, 1])]) {
        arrays, key in
        let (x, y) = (arrays[0], arrays[1])
        key.fillUniform(x, from: -3, to: 3)
        for i in x.indices { y[i] = sine(x[i] + 0.3 * Float(i / points)) }
      }
      let error = hyper(main, batch[0], builder) - batch[1]
      return builder.minimise(error.square().mean(), rate: 1e-3)
    }
  }
}
