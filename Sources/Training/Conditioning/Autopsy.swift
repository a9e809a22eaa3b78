import Learning

/// Whether signals keep their size on the way through a generated network: the size of each generated
/// tensor against what an ordinary initialisation gives it, and of what the target's layers compute
/// for the picture's inputs. Sizes are mean squares, which are variances where the mean is 0, as the
/// formulas of He et al. 2015 and Glorot & Bengio 2010 suppose.
///
/// At step 0 they are means over some contexts as training draws them, noise included, for which the
/// initialisation was made; afterwards those at one context.
public struct Autopsy: Sendable, Equatable {
  /// The plain word for a size.
  public enum Verdict: String, Sendable {
    case fine
    case tooSmall = "too small"
    case tooLarge = "too large"
    case dead
  }

  public struct Tensor: Sendable, Equatable {
    public var name: String
    /// Mean of w².
    public var variance: Double
    /// c / fan-in, c being 2 for ReLU targets and 1 for others; nil for biases, which are 0 in an
    /// ordinary initialisation.
    public var wanted: Double?

    public init(name: String, variance: Double, wanted: Double?) {
      self.name = name
      self.variance = variance
      self.wanted = wanted
    }

    public var ratio: Double? { wanted.map { variance / $0 } }

    /// Fine within a factor of ten; nil where there is nothing to compare with.
    public var verdict: Verdict? {
      ratio.map { $0 < 0.1 ? .tooSmall : $0 <= 10 ? .fine : .tooLarge }
    }
  }

  public struct Layer: Sendable, Equatable {
    public var name: String
    /// Mean square before the nonlinearity, and after it.
    public var sum: Double
    public var output: Double
    /// Share of the units whose output is the same for every input, within a thousandth of the
    /// layer's root mean square: ReLU units that are silent, others that are saturated. Nil for a layer
    /// without a nonlinearity.
    public var dead: Double?

    public init(name: String, sum: Double, output: Double, dead: Double?) {
      self.name = name
      self.sum = sum
      self.output = output
      self.dead = dead
    }

    /// Nonlinearities bend where numbers are around 1: fine from a hundredth to a hundred times that.
    /// Nil where there is none, and any size may be right.
    public var verdict: Verdict? {
      guard let dead else { return nil }
      if sum < 0.01 { return .tooSmall }
      if !(sum <= 100) { return .tooLarge }
      return dead > 0.5 ? .dead : .fine
    }
  }

  public var step: Int
  /// The context that was asked about.
  public var context: [Float]
  /// Mean square of the picture's inputs.
  public var input: Double
  public var tensors: [Tensor]
  public var layers: [Layer]

  public init(step: Int, context: [Float], input: Double, tensors: [Tensor], layers: [Layer]) {
    self.step = step
    self.context = context
    self.input = input
    self.tensors = tensors
    self.layers = layers
  }

  /// Everything that is not fine, in a few words; nil where all is. Tensors count at step 0 alone:
  /// what is learned may be of any size, as long as layers go on working.
  public var finding: String? {
    let parts =
      (step == 0 ? tensors.map { ($0.name, $0.verdict) } : [])
      + layers.map { ($0.name, $0.verdict) }
    let wrong = parts.compactMap { name, verdict in
      verdict.flatMap { $0 == .fine ? nil : "\(name) \($0.rawValue)" }
    }
    return wrong.isEmpty ? nil : wrong.joined(separator: ", ")
  }

  /// How many contexts are drawn at step 0.
  static let draws = 16

  /// Means over several of the same network.
  static func mean(of found: [Autopsy]) -> Autopsy {
    func mean(_ value: (Autopsy) -> Double) -> Double {
      found.reduce(0) { $0 + value($1) } / Double(found.count)
    }
    var all = found[0]
    all.input = mean(\.input)
    for i in all.tensors.indices { all.tensors[i].variance = mean { $0.tensors[i].variance } }
    for i in all.layers.indices {
      all.layers[i].sum = mean { $0.layers[i].sum }
      all.layers[i].output = mean { $0.layers[i].output }
      if all.layers[i].dead != nil { all.layers[i].dead = mean { $0.layers[i].dead ?? 0 } }
    }
    return all
  }

  /// Mean of the squares.
  static func meanSquare(_ values: some Collection<Float>) -> Double {
    values.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(values.count, 1))
  }

  /// Share of the columns of [rows, units] in which all numbers are alike.
  static func deadShare(_ values: UnsafeBufferPointer<Float>, units: Int) -> Double {
    let scale = Float(meanSquare(values).squareRoot()) / 1000
    let dead = (0..<units).count { unit in
      var low = Float.infinity
      var high = -Float.infinity
      for index in stride(from: unit, to: values.count, by: units) {
        low = min(low, values[index])
        high = max(high, values[index])
      }
      return high - low <= scale
    }
    return Double(dead) / Double(max(units, 1))
  }
}
