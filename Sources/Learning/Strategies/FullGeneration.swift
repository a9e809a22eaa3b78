import Autodiff

/// Every number of the target network is generated: an MLP trunk reads the context, and a linear
/// head for each of the target's tensors turns the trunk's output h into it,
///
///     W_j = reshape(h V_j + a_j).
public struct FullGeneration: Strategy {
  public let contextCount: Int
  public let trunk: [Int]
  public let activation: Activation
  public let target: [TensorSpecification]
  public let initialization: HeadInitialization

  public init(
    contextCount: Int, trunk: [Int], activation: Activation, target: [TensorSpecification],
    initialization: HeadInitialization
  ) {
    self.contextCount = contextCount
    self.trunk = trunk
    self.activation = activation
    self.target = target
    self.initialization = initialization
  }

  private var layers: [(name: String, fanIn: Int, fanOut: Int)] {
    zip([contextCount] + trunk, trunk).enumerated().map { index, size in
      ("trunk.\(index + 1)", size.0, size.1)
    }
  }

  public var variables: [VariableSpecification] {
    let last = trunk.last ?? contextCount
    return layers.flatMap { name, fanIn, fanOut in
      [
        VariableSpecification(
          name + ".weight", [fanIn, fanOut],
          initialization.trunk(fanIn: fanIn, fanOut: fanOut, activation: activation)),
        VariableSpecification(name + ".bias", [fanOut], .zero),
      ]
    }
      + target.flatMap { tensor in
        let start = initialization.head(of: tensor, width: last, activation: activation)
        return [
          VariableSpecification(
            "head.\(tensor.name).weight", [last, tensor.shape.count], start.weight),
          VariableSpecification("head.\(tensor.name).bias", [tensor.shape.count], start.bias),
        ]
      }
  }

  public func generate(from contexts: Tensor, theta: Theta) -> [Tensor] {
    let tasks = contexts.shape[0]
    var h = contexts
    for (name, fanIn, fanOut) in layers {
      let sum =
        h.matmul(theta(name + ".weight", [fanIn, fanOut]))
        + theta(name + ".bias", [fanOut])
      h = activation(sum)
    }
    let width = h.shape[1]
    return target.map { tensor in
      let flat =
        h.matmul(theta("head.\(tensor.name).weight", [width, tensor.shape.count]))
        + theta("head.\(tensor.name).bias", [tensor.shape.count])
      return flat.reshaped(to: Shape([tasks] + tensor.shape.dimensions))
    }
  }
}
