import Autodiff
import Foundation
import Learning

/// Networks computed the plain way in double precision: what the graphs are tested against.
public enum Plain {
  /// x W + b for one row; W is [inputs, outputs], row-major.
  public static func dense(_ x: [Double], _ weight: [Double], _ bias: [Double]) -> [Double] {
    bias.indices.map { column in
      x.indices.reduce(bias[column]) { $0 + x[$1] * weight[$1 * bias.count + column] }
    }
  }

  /// An MLP: weights and biases of its layers in turn, and what its hidden units compute.
  public static func mlp(
    _ x: [Double], _ weights: [[Double]], unit: (Double) -> Double = { tanh($0) }
  ) -> [Double] {
    let layers = weights.count / 2
    return (0..<layers).reduce(x) { x, layer in
      let sum = dense(x, weights[2 * layer], weights[2 * layer + 1])
      return layer == layers - 1 ? sum : sum.map(unit)
    }
  }

  /// h(z; θ): the target's tensors in their order, from a trunk of tanh units and linear heads.
  public static func generate(
    _ z: [Double], theta: [String: [Double]], target: [TensorSpecification]
  ) -> [[Double]] {
    var h = z
    var layer = 1
    while let weight = theta["trunk.\(layer).weight"], let bias = theta["trunk.\(layer).bias"] {
      h = dense(h, weight, bias).map { tanh($0) }
      layer += 1
    }
    return target.map {
      dense(h, theta["head.\($0.name).weight"] ?? [], theta["head.\($0.name).bias"] ?? [])
    }
  }
}

extension Experiment {
  /// The model of an experiment whose networks are generated from contexts of tasks.
  package func hypernetwork(_ knobs: KnobValues) throws -> HypernetworkModel {
    guard let model = try model(knobs) as? HypernetworkModel else {
      throw KnobError("\(name) has another kind of model")
    }
    return model
  }
}
