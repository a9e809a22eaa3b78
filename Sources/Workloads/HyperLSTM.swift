import Autodiff
import Learning

/// The HyperLSTM of Ha et al. (2016) in its weight-scaling form, without layer normalisation: at
/// every time step a small LSTM generates the scales of the main LSTM's gates.
enum HyperLSTM {
  static let workload = Workload(
    "hyperlstm",
    sizes: TokenStream.sizes + [
      .size("hyper", 32, "units of the hyper LSTM", most: 1024),
      .size("scales", 4, "numbers a gate's scales are generated from (N_z)", most: 64),
    ]
  ) { size in
    let stream = TokenStream(
      vocabulary: size("vocabulary"), length: size("length"), sequences: size("sequences"))
    let (embedding, hidden, hyper) = (size("embedding"), size("hidden"), size("hyper"))
    let scales = size("scales")
    let builder = ProblemBuilder()
    let tokens = stream.tokens(builder)
    let emb = builder.parameter("emb", [stream.vocabulary, embedding], variance: 1)
    let wx = builder.parameter("wx", [embedding, 4 * hidden], variance: 1 / Float(embedding))
    let wh = builder.parameter("wh", [hidden, 4 * hidden], variance: 1 / Float(hidden))
    let b0 = builder.parameter("b0", [4, hidden], variance: 0)
    let hyperH = builder.parameter(
      "hyper_h", [hidden + hyper, 4 * hyper], variance: 1 / Float(hidden + hyper))
    let z = builder.parameter("z", [hyper, 12 * scales], variance: 1e-4)
    let zBias = builder.parameter("z_bias", [8 * scales], filledWith: 1)
    let d = builder.parameter("d", [12, scales, hidden]) { numbers, _ in
      let filled = 8 * scales * hidden
      numbers[..<filled].update(repeating: 0.25)
      numbers[filled...].update(repeating: 0)
    }
    let x = stream.embedded(tokens, emb)
    let main = x.matmul(wx)
    let small = builder.linear("hyper_x", x, to: 4 * hyper, variance: 1 / Float(embedding))
    let zeroBias = zBias.padded(axis: 0, before: 0, after: 4 * scales)

    let sequences = stream.sequences
    let graph = builder.graph
    func zeros(_ width: Int) -> Tensor { graph.constant(0, [sequences, width]) }
    var state = LSTMState(h: zeros(hidden), c: zeros(hidden))
    var own = LSTMState(h: zeros(hyper), c: zeros(hyper))
    /// [B, 4 H] as [4, B, H].
    func byGate(_ x: Tensor) -> Tensor {
      x.reshaped(to: [sequences, 4, hidden]).transposed([1, 0, 2])
    }
    let states = (0..<stream.length).map { time -> Tensor in
      func now(_ x: Tensor) -> Tensor {
        x.slice(axis: 0, from: time * sequences, count: sequences)
      }
      var gates = now(small)
      if time > 0 { gates = gates + Tensor.concatenate([state.h, own.h], axis: 1).matmul(hyperH) }
      own = own.next((0..<4).map { gates.slice(axis: 1, from: $0 * hyper, count: hyper) })
      let scale = (own.h.matmul(z) + zeroBias)
        .reshaped(to: [sequences, 12, scales]).transposed([1, 0, 2]).matmul(d)
      func of(_ part: Int) -> Tensor { scale.slice(axis: 0, from: 4 * part, count: 4) }
      var sum = of(1) * byGate(now(main)) + of(2) + b0.reshaped(to: [4, 1, hidden])
      if time > 0 { sum = sum + of(0) * byGate(state.h.matmul(wh)) }
      state = state.next(
        (0..<4).map {
          sum.slice(axis: 0, from: $0, count: 1).reshaped(to: [sequences, hidden])
        })
      return state.h
    }
    return builder.minimise(stream.loss(states, tokens, builder), rate: 1e-3, clip: 1)
  }
}
