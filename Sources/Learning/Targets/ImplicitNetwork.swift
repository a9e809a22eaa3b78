import Autodiff

/// A body as a network: a number for every place in the cube [−1, 1]³, negative inside (Park et al. 2019,
/// "DeepSDF"; Mescheder et al. 2019, "Occupancy networks"). A multilayer perceptron reads either the
/// coordinates x with their Fourier features (Tancik et al. 2020, "Fourier features let networks learn high
/// frequency functions in low dimensional domains"),
///
///     [x, sin πx, cos πx, sin 2πx, cos 2πx, sin 4πx, …],
///
/// or x alone, and where its units are sines they oscillate ω times as fast, h = sin(ω (x W + b)), drawn so
/// that signals keep their size for any ω (Sitzmann et al. 2020, "Implicit neural representations with
/// periodic activation functions", SIREN).
public struct ImplicitNetwork: LayeredTarget {
  /// Hidden layers.
  public let widths: [Int]
  public let activation: Activation
  /// How many octaves of Fourier features there are; 0 is none.
  public let octaves: Int
  /// ω; used where units are sines.
  public let frequency: Float
  public let tensors: [TensorSpecification]

  /// Coordinates of a place.
  static let inputCount = 3

  public init(widths: [Int], activation: Activation, octaves: Int, frequency: Float) {
    self.widths = widths
    self.activation = activation
    self.octaves = octaves
    self.frequency = frequency
    let all = [Self.inputCount * (1 + 2 * octaves)] + widths + [1]
    tensors = zip(all, all.dropFirst()).enumerated().flatMap { layer, size in
      let (fanIn, fanOut) = size
      let variances: (weight: Float, bias: Float)?
      if activation == .sine {
        // Uniform over ±1/n, of the other layers over ±√(6/n)/ω; biases as ordinary layers have them.
        variances = (
          layer == 0
            ? 1 / (3 * Float(fanIn * fanIn)) : 2 / (Float(fanIn) * frequency * frequency),
          layer == 0 ? 1 / (3 * Float(fanIn)) : 1 / (3 * Float(fanIn) * frequency * frequency)
        )
      } else {
        variances = nil
      }
      return [
        TensorSpecification(
          "W\(layer + 1)", [fanIn, fanOut], role: .weight, fanIn: fanIn,
          variance: variances?.weight),
        TensorSpecification(
          "b\(layer + 1)", [fanOut], role: .bias, fanIn: fanIn, variance: variances?.bias),
      ]
    }
  }

  public var gain: Float { activation.gain }

  public var details: [(name: String, value: String)] {
    let last = widths.count
    let read = octaves == 0 ? "x" : "p"
    let isSine = activation == .sine
    let hidden = (0..<last).map { layer -> String in
      let sum = "\(layer == 0 ? read : "h\(layer)") @ W\(layer + 1) + b\(layer + 1)"
      return "h\(layer + 1) = \(activation)(\(isSine ? "\(frequency) * (\(sum))" : sum))"
    }
    let features =
      octaves == 0
      ? [] : ["p = [x, sin(2^k pi x), cos(2^k pi x) for k in 0..\(octaves - 1)]"]
    return [
      ("network", "implicit"), ("widths", widths.map(String.init).joined(separator: "-")),
      ("activation", activation.rawValue), ("octaves", "\(octaves)"),
      ("sign", "negative inside"),
      (
        "formula",
        (features + hidden + ["y = h\(last) @ W\(last + 1) + b\(last + 1)"]).joined(separator: "; ")
      ),
    ]
  }

  public func outputCount(of layer: Int) -> Int { layer < widths.count ? widths[layer] : 1 }

  public func layer(_ index: Int, _ weights: (Weight, Weight), _ inputs: Tensor) -> TargetLayer {
    let (tasks, units) = (inputs.shape[0], outputCount(of: index))
    let bias = weights.1.dense(tasks: tasks, shape: [units]).reshaped(to: [tasks, 1, units])
    let sum = weights.0.applied(to: index == 0 ? features(inputs) : inputs) + bias
    guard index < widths.count else { return TargetLayer(name: "y", sum: sum, output: sum) }
    let scaled = activation == .sine ? sum * frequency : sum
    return TargetLayer(name: "h\(index + 1)", sum: scaled, output: activation(scaled))
  }

  private func features(_ x: Tensor) -> Tensor {
    guard octaves > 0 else { return x }
    let waves = (0..<octaves).flatMap { octave -> [Tensor] in
      let angle = x * (Float.pi * Float(1 << octave))
      return [angle.sine(), angle.cosine()]
    }
    return Tensor.concatenate([x] + waves, axis: 2)
  }
}
