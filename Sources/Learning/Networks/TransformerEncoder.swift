import Autodiff

/// A pre-norm transformer encoder (Vaswani et al. 2017; Xiong et al. 2020): blocks of
///
///     x += proj(attention(ln1(x))),  x += ff2(relu(ff1(ln2(x)))),
///
/// the feed-forward layer twice as wide as a token. It knows no positions: tokens in another order give
/// the same results in that order.
public struct TransformerEncoder: Sendable {
  /// Its variables' names begin with this.
  let name: String
  /// Numbers of a token, a multiple of the heads.
  let model: Int
  let heads: Int
  let blocks: Int

  public init(name: String, model: Int, heads: Int, blocks: Int) {
    precondition(heads >= 1 && model % heads == 0, "\(model) numbers of a token, \(heads) heads")
    self.name = name
    self.model = model
    self.heads = heads
    self.blocks = blocks
  }

  /// In the order they are used.
  public var variables: [VariableSpecification] {
    func normalisation(_ name: String) -> [VariableSpecification] {
      [.init(name + ".weight", [model], .constant(1)), .init(name + ".bias", [model], .zero)]
    }
    func linear(
      _ name: String, _ inputs: Int, _ outputs: Int, gain: Float = 1
    ) -> [VariableSpecification] {
      Linear(name: name, inputs: inputs, outputs: outputs, gain: gain).variables
    }
    var all: [VariableSpecification] = []
    for block in 0..<blocks {
      let name = "\(name).\(block)"
      all += normalisation(name + ".ln1")
      all += linear(name + ".qkv", model, 3 * model)
      all += linear(name + ".proj", model, model)
      all += normalisation(name + ".ln2")
      all += linear(name + ".ff1", model, 2 * model, gain: 2)
      all += linear(name + ".ff2", 2 * model, model)
    }
    return all
  }

  /// Tokens [N, S, model] → [N, S, model].
  public func callAsFunction(_ tokens: Tensor, theta: Theta) -> Tensor {
    (0..<blocks).reduce(tokens) { block($1, $0, theta) }
  }

  private func block(_ index: Int, _ x: Tensor, _ theta: Theta) -> Tensor {
    let name = "\(name).\(index)"
    let (count, tokens, width) = (x.shape[0], x.shape[1], model / heads)
    func norm(_ part: String, _ x: Tensor) -> Tensor {
      x.layerNormalized(epsilon: 1e-5) * theta("\(name).\(part).weight", [model])
        + theta("\(name).\(part).bias", [model])
    }
    func linear(_ part: String, _ x: Tensor, from inputs: Int, to outputs: Int) -> Tensor {
      Linear(name: "\(name).\(part)", inputs: inputs, outputs: outputs)(x, theta: theta)
    }
    let qkv = linear("qkv", norm("ln1", x), from: model, to: 3 * model)
      .reshaped(to: [count, tokens, 3, heads, width]).transposed([2, 0, 3, 1, 4])
    func part(_ index: Int) -> Tensor {
      qkv.slice(axis: 0, from: index, count: 1).reshaped(to: [count, heads, tokens, width])
    }
    let attended = part(0).attention(keys: part(1), values: part(2))
      .transposed([0, 2, 1, 3]).reshaped(to: [count, tokens, model])
    let middle = x + linear("proj", attended, from: model, to: model)
    let wide = linear("ff1", norm("ln2", middle), from: model, to: 2 * model)
    return middle + linear("ff2", wide.relu(), from: 2 * model, to: model)
  }
}
