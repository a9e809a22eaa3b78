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
  ]

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

/// The state of an LSTM: h and c, each [B, H].
struct LSTMState {
  var h, c: Tensor

  /// The next state from the gates i, f, g, o before their nonlinearities, each [B, H].
  func next(_ gates: [Tensor]) -> LSTMState {
    let c = gates[1].sigmoid() * c + gates[0].sigmoid() * gates[2].tanh()
    return LSTMState(h: gates[3].sigmoid() * c.tanh(), c: c)
  }
}

/// An LSTM over 64 time steps.
enum LSTM {
  static let workload = Workload("lstm", sizes: TokenStream.sizes) { problem($0) }

  static func problem(_ size: (String) -> Int) -> Problem {
    let stream = TokenStream(
      vocabulary: size("vocabulary"), length: size("length"), sequences: size("sequences"))
    let (embedding, hidden) = (size("embedding"), size("hidden"))
    let builder = ProblemBuilder()
    let tokens = stream.tokens(builder)
    let emb = builder.parameter("emb", [stream.vocabulary, embedding], variance: 1)
    let wx = builder.parameter(
      "lstm.wx", [embedding, 4 * hidden], variance: 1 / Float(embedding))
    let wh = builder.parameter("lstm.wh", [hidden, 4 * hidden], variance: 1 / Float(hidden))
    let bias = builder.parameter("lstm.b", [4 * hidden], variance: 0)
    let inputs = stream.embedded(tokens, emb).matmul(wx) + bias
    let zero = builder.graph.constant(0, [stream.sequences, hidden])
    var state = LSTMState(h: zero, c: zero)
    let states = (0..<stream.length).map { time -> Tensor in
      let x = inputs.slice(axis: 0, from: time * stream.sequences, count: stream.sequences)
      let sum = time == 0 ? x : x + state.h.matmul(wh)
      state = state.next(
        (0..<4).map { sum.slice(axis: 1, from: $0 * hidden, count: hidden) })
      return state.h
    }
    return builder.minimise(stream.loss(states, tokens, builder), rate: 1e-3, clip: 1)
  }
}
