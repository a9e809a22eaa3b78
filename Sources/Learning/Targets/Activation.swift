import Autodiff

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
}
