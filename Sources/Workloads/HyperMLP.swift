import Autodiff
import Learning

/// A hyper MLP of two hidden layers turns each task's embedding into the numbers of a main network:
/// what several workloads are made of.
struct HyperMLP {
  let tasks, embedding, hidden: Int
  /// Weights are normal with variance gain / in: 1 before tanh, 2 before ReLU.
  let gain: Float
  let activation: (Tensor) -> Tensor

  /// Numbers [T, `count`]; `fill` is the head's bias at first. Adds the parameters `emb`, `hyper1`,
  /// `hyper2` and `head` to the builder.
  func callAsFunction(
    _ count: Int, _ builder: ProblemBuilder,
    fill: @escaping (UnsafeMutableBufferPointer<Float>, RandomKey) -> Void
  ) -> Tensor {
    let emb = builder.parameter("emb", [tasks, embedding], variance: 0.01)
    let h1 = activation(
      builder.linear("hyper1", emb, to: hidden, variance: gain / Float(embedding)))
    let h2 = activation(builder.linear("hyper2", h1, to: hidden, variance: gain / Float(hidden)))
    let head = builder.parameter("head.w", [hidden, count], variance: 0.01 / Float(hidden))
    return h2.matmul(head) + builder.parameter("head.b", [count], fill: fill)
  }

  /// The outputs [T, B, n] of a main MLP with generated weights and the same units, for inputs
  /// [T, B, in].
  func callAsFunction(_ main: FlatMLP, _ inputs: Tensor, _ builder: ProblemBuilder) -> Tensor {
    main(self(main.count, builder, fill: main.fill), inputs, activation: activation)
  }
}
