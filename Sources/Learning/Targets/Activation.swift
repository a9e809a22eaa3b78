import Autodiff
import Foundation

/// The nonlinearity between two layers.
public enum Activation: String, CaseIterable, Sendable {
  case tanh, relu, sine, gelu, sigmoid

  public func callAsFunction(_ x: Tensor) -> Tensor {
    switch self {
    case .tanh: x.tanh()
    case .relu: x.relu()
    case .sine: x.sine()
    case .gelu: x.gelu()
    case .sigmoid: x.sigmoid()
    }
  }

  /// The c of c / fan-in that keeps the variance of a signal through a layer: 2 where half of the
  /// units are silent, else 1 (He et al. 2015; Glorot & Bengio 2010).
  public var gain: Float {
    switch self {
    case .relu, .gelu: 2
    case .tanh, .sine, .sigmoid: 1
    }
  }

  private func value(_ x: Double) -> Double {
    switch self {
    case .tanh: Foundation.tanh(x)
    case .relu: max(x, 0)
    case .sine: sin(x)
    case .gelu: x * (erf(x / 2.0.squareRoot()) + 1) / 2
    case .sigmoid: 1 / (1 + exp(-x))
    }
  }

  /// E σ(u)² for normal u of mean 0: a sum over 16 deviations.
  public func meanSquare(ofVariance variance: Float) -> Float {
    let deviation = Double(variance).squareRoot()
    var (sum, weights) = (0.0, 0.0)
    for i in -200...200 {
      let u = Double(i) / 25
      let weight = exp(-u * u / 2)
      sum += weight * value(u * deviation) * value(u * deviation)
      weights += weight
    }
    return Float(sum / weights)
  }
}
