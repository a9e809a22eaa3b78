/// The images that architectures classify, and what becomes of them before the first node.
public struct ArchitectureFrame: Hashable, Sendable {
  public let kind: Architecture.Kind
  /// Pixels a side.
  public let side: Int
  public let classes: Int

  public init(_ kind: Architecture.Kind, side: Int, classes: Int) {
    self.kind = kind
    self.side = side
    self.classes = classes
  }

  public var pixels: Int { side * side }

  /// How far the first convolution moves: the grid is about four places a side.
  public var stride: Int { kind == .mlp ? 1 : max(side / 4, 1) }

  /// The side of its kernel.
  public var stemSide: Int { stride + 1 }

  /// Places along a side of the grid; a layer of units is one place.
  public var grid: Int { kind == .mlp ? 1 : (side + 2 - stemSide) / stride + 1 }

  /// Numbers that go into one unit of the first layer.
  public var stemInputs: Int { kind == .mlp ? pixels : stemSide * stemSide }
}

/// How large a network is, by its true architecture.
public struct NetworkSize: Hashable, Sendable {
  /// Weights and biases.
  public var parameters: Int
  /// Multiplications with an addition each for one image.
  public var multiplyAdds: Int

  public init(_ architecture: Architecture, in frame: ArchitectureFrame) {
    let (width, places) = (architecture.width, frame.grid * frame.grid)
    parameters = frame.stemInputs * width + width + width * frame.classes + frame.classes
    multiplyAdds = places * frame.stemInputs * width + width * frame.classes
    for node in architecture.pruned.nodes {
      let taps = node.operation.side * node.operation.side
      switch node.operation {
      case .skip: break
      case .pool: multiplyAdds += places * taps * width
      case .conv1, .conv3, .conv5, .dense:
        parameters += taps * width * width + width
        multiplyAdds += places * taps * width * width
      }
    }
  }
}
