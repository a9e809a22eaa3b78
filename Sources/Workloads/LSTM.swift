import Autodiff
import Learning

/// Next-token prediction: sequences that mostly follow a rule, read by a recurrent network.
struct TokenStream {
  let vocabulary, length, sequences: Int

  static let sizes: [Knob] = [
    .size("vocabulary", 64, "different tokens", least: 2, most: 1024),
    .size("embedding", 64, "numbers of a token's embedding", most: 1024),
    .size("hidden", 128, "units of the main LSTM", most: 1024),
    .size("length", 64, "time steps", most: 1024),
    .size("sequences", 32, "sequences side by side", most: 1024),
    .size("norm", 0, "1 for layer normalisation of gates and memory", least: 0, most: 1),
  ]

  init(_ size: (String) -> Int) {
    vocabulary = size("vocabulary")
    length = size("length")
    sequences = size("sequences")
  }

  /// A cell that reads embedded tokens from a state of zeros, and a softmax over what comes next.
  func problem(_ cell: any RecurrentCell) -> Problem {
    let builder = ProblemBuilder()
    let tokens = tokens(builder)
    let table = builder.parameter("emb", [vocabulary, cell.inputCount], variance: 1)
    for variable in cell.variables { builder.parameter(variable) }
    let steps = cell.unrolled(
      embedded(tokens, table), length: length, from: nil, theta: Theta(builder.graph))
    return builder.minimise(loss(steps.map(\.state[0]), tokens, builder), rate: 1e-3, clip: 1)
  }

  /// Tokens [length + 1, B] as an input of the graph. The next one is (5 previous + 7) mod V with
  /// probability 3/4, else uniform.
  func tokens(_ builder: ProblemBuilder) -> Tensor {
    let (vocabulary, sequences, length) = (vocabulary, sequences, length)
    return builder.batch([("tokens", [length + 1, sequences])]) { arrays, key in
      let tokens = arrays[0]
      key.fillLabels(tokens, classes: vocabulary, first: 0)
      let chance = key.uniform(tokens.count * 2)
      for i in sequences..<tokens.count where chance[tokens.count + i] < 0.75 {
        tokens[i] = Float((5 * Int(tokens[i - sequences]) + 7) % vocabulary)
      }
    }[0]
  }

  /// What is read at each time, embedded: [length · B, E].
  func embedded(_ tokens: Tensor, _ table: Tensor) -> Tensor {
    table.gather(
      rows: tokens.slice(axis: 0, from: 0, count: length).reshaped(to: [length * sequences]))
  }

  /// Cross-entropy of predicting the next token from hidden states [B, H] of all times.
  func loss(_ states: [Tensor], _ tokens: Tensor, _ builder: ProblemBuilder) -> Tensor {
    let hidden = Tensor.concatenate(states, axis: 0)
    let logits = builder.linear(
      "out", hidden, to: vocabulary, variance: 1 / Float(hidden.shape[1]))
    let next = tokens.slice(axis: 0, from: 1, count: length)
    return logits.crossEntropy(labels: next.reshaped(to: [length * sequences])).mean()
  }
}

/// An LSTM over 64 time steps.
enum LSTM {
  static let workload = Workload("lstm", sizes: TokenStream.sizes) { problem($0) }

  static func problem(_ size: (String) -> Int) -> Problem {
    TokenStream(size).problem(
      LSTMCell(
        prefix: "lstm.", inputs: size("embedding"), hidden: size("hidden"),
        isNormalized: size("norm") == 1))
  }
}
