import Autodiff
import Learning

/// T regression tasks: a hyper MLP E-H-H-P with tanh turns each task's embedding into all P weights
/// and biases of a main MLP 1-D-D-1 with tanh, which learns sin(x + 0.3 t) for task t from B points.
struct Multitask {
  let tasks, embedding, hidden, width, points: Int

  static let all = [
    Workload("multitask-small") {
      Multitask(tasks: 8, embedding: 8, hidden: 32, width: 16, points: 32).problem()
    },
    Workload("multitask-medium") {
      Multitask(tasks: 16, embedding: 8, hidden: 64, width: 64, points: 64).problem()
    },
    Workload("multitask-large") {
      Multitask(tasks: 32, embedding: 16, hidden: 128, width: 128, points: 128).problem()
    },
  ]

  func problem() -> Problem {
    let builder = ProblemBuilder()
    let main = FlatMLP(widths: [1, width, width, 1], gain: 1)
    let emb = builder.parameter("emb", [tasks, embedding], variance: 0.01)
    let h1 = builder.linear("hyper1", emb, to: hidden, variance: 1 / Float(embedding)).tanh()
    let h2 = builder.linear("hyper2", h1, to: hidden, variance: 1 / Float(hidden)).tanh()
    let head = builder.parameter("head.w", [hidden, main.count], variance: 0.01 / Float(hidden))
    let weights = h2.matmul(head) + builder.parameter("head.b", [main.count], fill: main.fill)

    let (tasks, points) = (tasks, points)
    let x = builder.input("x", [tasks, points, 1]) { $1.fillUniform($0, from: -3, to: 3) }
    let y = builder.input("y", [tasks, points, 1]) { numbers, key in
      // The very points of x: both arrays are drawn with one key.
      key.fillUniform(numbers, from: -3, to: 3)
      for i in numbers.indices { numbers[i] = sine(numbers[i] + 0.3 * Float(i / points)) }
    }
    let error = main(weights, x) { $0.tanh() } - y
    return builder.minimise(error.square().mean(), rate: 1e-3)
  }
}
