import Autodiff

/// A target network that is a chain of layers, each with a weight and a bias of its own: `tensors` are
/// W₁, b₁, W₂, b₂ and so on. So its layers can be generated one after another, each seeing what those
/// before make of the examples.
public protocol LayeredTarget: TargetNetwork {
  /// One layer at work.
  /// - Parameters:
  ///   - weights: its weight and its bias.
  ///   - inputs: what the layer before put out, [T, B, …]; the network's inputs for the first.
  func layer(_ index: Int, _ weights: (Weight, Weight), _ inputs: Tensor) -> TargetLayer

  /// Numbers a layer puts out for an example.
  func outputCount(of layer: Int) -> Int
}

extension LayeredTarget {
  public var layerCount: Int { tensors.count / 2 }

  public func callAsFunction(_ weights: [Weight], _ inputs: Tensor) -> Tensor {
    layers(weights, inputs).last?.output ?? inputs
  }

  public func layers(_ weights: [Weight], _ inputs: Tensor) -> [TargetLayer] {
    var x = inputs
    return (0..<layerCount).map { index in
      let layer = layer(index, (weights[2 * index], weights[2 * index + 1]), x)
      x = layer.output
      return layer
    }
  }
}
