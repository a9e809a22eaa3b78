import Autodiff

/// A small vision transformer (Dosovitskiy et al. 2021) as a target network: a square image is cut into
/// square patches, each a token; learned positions are added, pre-norm blocks of multi-head attention
/// and a feed-forward layer follow, and a linear layer reads the mean of the tokens.
///
///     x = patches E + e + P
///     x += attention(normal(x) (1 + g) + c; QKV, O),  x += relu(normal(x) (1 + g) + c F₁) F₂
///     y = mean(normal(x) (1 + g) + c) Y + y₀
///
/// Gains are 1 + g, so that tensors of zeros are a plain normalisation.
public struct TransformerTarget: TargetNetwork {
  public let side: Int
  /// Pixels of a patch along a side.
  public let patch: Int
  /// Numbers of a token, a multiple of the heads.
  public let model: Int
  public let heads: Int
  public let blocks: Int
  public let classes: Int
  public let tensors: [TensorSpecification]

  /// A patch divides the side.
  public init(side: Int, patch: Int, model: Int, heads: Int, blocks: Int, classes: Int) {
    precondition(
      patch >= 1 && side % patch == 0 && heads >= 1 && model % heads == 0,
      "images of \(side), patches of \(patch), tokens of \(model) and \(heads) heads do not fit")
    self.side = side
    self.patch = patch
    self.model = model
    self.heads = heads
    self.blocks = blocks
    self.classes = classes
    let tokens = (side / patch) * (side / patch)
    var tensors: [TensorSpecification] = []
    func linear(_ names: (String, String), _ inputs: Int, _ outputs: Int) {
      tensors.append(TensorSpecification(names.0, [inputs, outputs], role: .weight, fanIn: inputs))
      tensors.append(TensorSpecification(names.1, [outputs], role: .bias, fanIn: inputs))
    }
    func normalisation(_ name: String) {
      for part in ["gain", "shift"] {
        tensors.append(
          TensorSpecification("\(name).\(part)", [model], role: .bias, fanIn: model))
      }
    }
    linear(("E", "e"), patch * patch, model)
    tensors.append(TensorSpecification("P", [tokens, model], role: .bias, fanIn: patch * patch))
    for block in 1...max(blocks, 1) where blocks > 0 {
      normalisation("n\(block)a")
      linear(("QKV\(block)", "qkv\(block)"), model, 3 * model)
      linear(("O\(block)", "o\(block)"), model, model)
      normalisation("n\(block)b")
      linear(("F\(block)", "f\(block)"), model, 2 * model)
      linear(("G\(block)", "g\(block)"), 2 * model, model)
    }
    normalisation("n")
    linear(("Y", "y"), model, classes)
    self.tensors = tensors
  }

  /// Whether a tensor is one of attention's own: what queries, keys, values and their mix are made by.
  public static func isAttention(_ tensor: TensorSpecification) -> Bool {
    ["QKV", "qkv", "O", "o"].contains { name in
      tensor.name.hasPrefix(name) && tensor.name.dropFirst(name.count).allSatisfy(\.isNumber)
    }
  }

  public var details: [(name: String, value: String)] {
    [
      ("network", "transformer"), ("side", "\(side)"), ("patch", "\(patch)"),
      ("model", "\(model)"), ("heads", "\(heads)"), ("blocks", "\(blocks)"),
      (
        "formula",
        "x = patches @ E + e + P; x += attention(normal(x) * (1 + n.gain) + n.shift; QKV, O); "
          + "x += relu((normal(x) * (1 + n.gain) + n.shift) @ F + f) @ G + g; "
          + "y = mean(normal(x) * (1 + n.gain) + n.shift) @ Y + y"
      ),
    ]
  }

  /// Keys and values that every image of a task finds in front of a block's own, [T, P, model] each
  /// (Li & Liang 2021, "Prefix-tuning"): heads beside each other, as QKV makes them.
  public struct Prefix {
    public let keys: Tensor
    public let values: Tensor

    public init(keys: Tensor, values: Tensor) {
      self.keys = keys
      self.values = values
    }
  }

  public func callAsFunction(_ weights: [Weight], _ inputs: Tensor) -> Tensor {
    self(weights, inputs, prefixes: [])
  }

  /// - Parameter prefixes: one for each block, or none.
  public func callAsFunction(
    _ weights: [Weight], _ inputs: Tensor, prefixes: [Prefix]
  ) -> Tensor {
    layers(weights, inputs, prefixes: prefixes).last?.output ?? inputs
  }

  public func layers(_ weights: [Weight], _ inputs: Tensor) -> [TargetLayer] {
    layers(weights, inputs, prefixes: [])
  }

  /// `x0` after the embedding, `x1`, `x2` and so on after the blocks, then `y`.
  /// - Parameter prefixes: one for each block, or none.
  public func layers(
    _ weights: [Weight], _ inputs: Tensor, prefixes: [Prefix]
  ) -> [TargetLayer] {
    precondition(
      prefixes.isEmpty || prefixes.count == blocks,
      "\(prefixes.count) prefixes for \(blocks) blocks")
    let (tasks, count) = (inputs.shape[0], inputs.shape[1])
    let names = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { ($1.name, $0) })
    func weight(_ name: String) -> Weight { weights[names[name] ?? 0] }
    /// A tensor of each task for all its tokens, [T, 1, …].
    func vector(_ name: String) -> Tensor {
      let shape = tensors[names[name] ?? 0].shape
      return weight(name).dense(tasks: tasks, shape: shape)
        .reshaped(to: [tasks, 1, shape.count])
    }
    func linear(_ x: Tensor, _ name: String, _ bias: String) -> Tensor {
      weight(name).applied(to: x) + vector(bias)
    }
    func normal(_ x: Tensor, _ name: String) -> Tensor {
      x.layerNormalized() * (vector(name + ".gain") + 1) + vector(name + ".shift")
    }
    let across = side / patch
    let tokens = across * across
    let cut = inputs.reshaped(to: [tasks, count, across, patch, across, patch])
      .transposed([0, 1, 2, 4, 3, 5]).reshaped(to: [tasks, count * tokens, patch * patch])
    let positions = weight("P").dense(tasks: tasks, shape: [tokens, model])
      .reshaped(to: [tasks, 1, tokens, model])
    let placed = linear(cut, "E", "e").reshaped(to: [tasks, count, tokens, model]) + positions
    var x = placed.reshaped(to: [tasks, count * tokens, model])
    var all = [TargetLayer(name: "x0", sum: x, output: x)]
    for block in 1...max(blocks, 1) where blocks > 0 {
      let qkv = linear(normal(x, "n\(block)a"), "QKV\(block)", "qkv\(block)")
      let mixed = attended(
        qkv, rows: tasks * count, prefix: prefixes.isEmpty ? nil : prefixes[block - 1]
      )
      .reshaped(to: [tasks, count * tokens, model])
      x = x + linear(mixed, "O\(block)", "o\(block)")
      let wide = linear(normal(x, "n\(block)b"), "F\(block)", "f\(block)")
      x = x + linear(wide.relu(), "G\(block)", "g\(block)")
      all.append(TargetLayer(name: "x\(block)", sum: x, output: x))
    }
    let mean = normal(x, "n").reshaped(to: [tasks, count, tokens, model])
      .mean(axes: [2], keepingDimensions: false)
    let y = linear(mean, "Y", "y")
    return all + [TargetLayer(name: "y", sum: y, output: y)]
  }

  /// Queries, keys and values beside each other, [T, B · tokens, 3 · model], as attention mixes them:
  /// [rows, tokens, model] for rows = T · B.
  private func attended(_ qkv: Tensor, rows: Int, prefix: Prefix?) -> Tensor {
    let (tokens, width) = (qkv.shape[0] * qkv.shape[1] / rows, model / heads)
    let parts = qkv.reshaped(to: [rows, tokens, 3, heads, width]).transposed([2, 0, 3, 1, 4])
    func part(_ index: Int) -> Tensor {
      parts.slice(axis: 0, from: index, count: 1).reshaped(to: [rows, heads, tokens, width])
    }
    /// A task's [P, model] in front of [tokens, width] of each of its rows and heads.
    func after(_ prefix: Tensor?, _ own: Tensor) -> Tensor {
      guard let prefix else { return own }
      let (tasks, length) = (prefix.shape[0], prefix.shape[1])
      let front = prefix.reshaped(to: [tasks, 1, length, heads, width])
        .transposed([0, 1, 3, 2, 4])
        .broadcast(to: [tasks, rows / tasks, heads, length, width])
        .reshaped(to: [rows, heads, length, width])
      return Tensor.concatenate([front, own], axis: 2)
    }
    return part(0)
      .attention(keys: after(prefix?.keys, part(1)), values: after(prefix?.values, part(2)))
      .transposed([0, 2, 1, 3]).reshaped(to: [rows, tokens, model])
  }
}
