import Autodiff
import Learning

/// A hyper MLP of two hidden layers turns each task's embedding into all weights of one main MLP a
/// task: what several workloads are made of.
struct HyperMLP {
  let tasks, embedding, hidden: Int
  let main: FlatMLP
  let activation: (Tensor) -> Tensor

  /// The main network's outputs [T, B, n] for inputs [T, B, in]. Adds the parameters `emb`, `hyper1`,
  /// `hyper2` and `head` to the builder.
  func callAsFunction(_ inputs: Tensor, _ builder: ProblemBuilder) -> Tensor {
    let emb = builder.parameter("emb", [tasks, embedding], variance: 0.01)
    let gain = main.gain
    let h1 = activation(
      builder.linear("hyper1", emb, to: hidden, variance: gain / Float(embedding)))
    let h2 = activation(builder.linear("hyper2", h1, to: hidden, variance: gain / Float(hidden)))
    let head = builder.parameter("head.w", [hidden, main.count], variance: 0.01 / Float(hidden))
    let weights = h2.matmul(head) + builder.parameter("head.b", [main.count], fill: main.fill)
    return main(weights, inputs, activation: activation)
  }
}
