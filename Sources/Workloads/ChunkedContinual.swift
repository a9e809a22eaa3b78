import Autodiff
import Learning

/// A classifier 784-100-100-10 generated in chunks of 750 weights from a task embedding and a chunk
/// embedding, while the weights of four earlier tasks are held in place by the output regulariser of
/// von Oswald et al. (2020), without the look ahead.
enum ChunkedContinual {
  static let workload = Workload(
    "chunked-continual",
    sizes: [
      .size("examples", 128, "examples of the current task"),
      .size("inputs", 784, "inputs of the main MLP"),
      .size("width", 100, "width of the main MLP's hidden layers", most: 1024),
      .size("classes", 10, "classes", least: 2, most: 1000),
      .size("hidden", 100, "width of the hyper MLP's hidden layers", most: 1024),
      .size("embedding", 32, "numbers of a task's embedding"),
      .size("chunk-embedding", 16, "numbers of a chunk's embedding"),
      .size("chunk", 750, "weights of a chunk", most: 65_536),
      .size("earlier", 4, "tasks learned before", most: 64),
    ]
  ) { size in
    let (examples, inputs, classes) = (size("examples"), size("inputs"), size("classes"))
    let (embedding, earlier, chunk) = (size("embedding"), size("earlier"), size("chunk"))
    let main = FlatMLP(widths: [inputs, size("width"), size("width"), classes], gain: 2)
    let chunks = (main.count + chunk - 1) / chunk
    let builder = ProblemBuilder()
    let task = builder.parameter("task_emb", [embedding], variance: 1)
    let generator = ChunkedGenerator(
      builder, embedding: embedding, chunkEmbedding: size("chunk-embedding"), chunks: chunks,
      hidden: size("hidden"), chunk: chunk)

    // The targets are the initial h(e_j), added later, and this noise.
    let batch = builder.batch([
      ("x", [examples, inputs]), ("y", [examples]), ("prev_emb", [earlier, embedding]),
      ("targets", [earlier, main.count]),
    ]) { arrays, key in
      var first = 0
      func next(_ index: Int) -> Int {
        defer { first += arrays[index].count }
        return first
      }
      key.fillUniform(arrays[0], first: next(0))
      key.fillLabels(arrays[1], classes: classes, first: next(1))
      key.fillNormal(arrays[2], first: next(2))
      key.fillNormal(arrays[3], deviation: 0.01, first: next(3))
    }
    let all = Tensor.concatenate(
      [task.reshaped(to: [1, embedding]), batch[2]], axis: 0)
    let weights = generator(all).slice(axis: 1, from: 0, count: main.count)
    let logits = main(
      weights.slice(axis: 0, from: 0, count: 1), batch[0].reshaped(to: [1, examples, inputs])
    ) { $0.relu() }
    let held = weights.slice(axis: 0, from: 1, count: earlier)
    let drift = (held - batch[3]).sumOfSquares()
    let loss =
      logits.crossEntropy(labels: batch[1].reshaped(to: [1, examples])).mean()
      + drift * (0.01 / Float(earlier))
    var problem = builder.minimise(loss, rate: 5e-4, clip: 1)
    problem.initialValues = [(input: "targets", value: held)]
    return problem
  }
}

/// h(e): task embeddings [n, E] → [n, chunks · chunk] weights, each chunk from the task's embedding
/// beside the chunk's own.
private struct ChunkedGenerator {
  let chunkEmbedding, weight1, bias1: Tensor
  let hidden: Int
  let builder: ProblemBuilder
  let chunk: Int

  init(
    _ builder: ProblemBuilder, embedding: Int, chunkEmbedding: Int, chunks: Int, hidden: Int,
    chunk: Int
  ) {
    self.builder = builder
    self.hidden = hidden
    self.chunk = chunk
    self.chunkEmbedding = builder.parameter("chunk_emb", [chunks, chunkEmbedding], variance: 1)
    let inputs = embedding + chunkEmbedding
    weight1 = builder.parameter("hyper1.w", [inputs, hidden], variance: 2 / Float(inputs))
    bias1 = builder.parameter("hyper1.b", [hidden], variance: 0)
  }

  func callAsFunction(_ tasks: Tensor) -> Tensor {
    let (count, embedding) = (tasks.shape[0], tasks.shape[1])
    let chunks = chunkEmbedding.shape[0]
    // The first layer acts on [task ; chunk]: the two halves are multiplied where they are few.
    let ofTask = tasks.matmul(weight1.slice(axis: 0, from: 0, count: embedding))
    let ofChunk = chunkEmbedding.matmul(
      weight1.slice(axis: 0, from: embedding, count: chunkEmbedding.shape[1]))
    let sum = ofTask.reshaped(to: [count, 1, hidden]) + (ofChunk + bias1)
    let h1 = sum.relu().reshaped(to: [count * chunks, hidden])
    let h2 = builder.linear("hyper2", h1, to: hidden, variance: 2 / Float(hidden)).relu()
    let generated = builder.linear("head", h2, to: chunk, variance: 0.0025 / Float(hidden))
    return generated.reshaped(to: [count, chunks * chunk])
  }
}
