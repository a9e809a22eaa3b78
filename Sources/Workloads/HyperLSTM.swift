import Learning

/// The HyperLSTM of Ha et al. (2016) in its weight-scaling form: at every time step a small LSTM
/// generates the scales of the main LSTM's gates.
enum HyperLSTM {
  static let workload = Workload(
    "hyperlstm",
    sizes: TokenStream.sizes + [
      .size("hyper", 32, "units of the hyper LSTM", most: 1024),
      .size("scales", 4, "numbers a gate's scales are generated from (N_z)", most: 64),
    ]
  ) { size in
    TokenStream(size).problem(
      HyperLSTMCell(
        prefix: "", inputs: size("embedding"), hidden: size("hidden"), hyper: size("hyper"),
        scaleCount: size("scales"), isNormalized: size("norm") == 1))
  }
}
