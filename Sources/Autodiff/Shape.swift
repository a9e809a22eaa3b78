/// The lengths of a tensor's axes, outermost first; `[]` is a scalar. A length may be 0: such a tensor
/// has no elements (an empty batch).
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral {
  public var dimensions: [Int]

  public init(_ dimensions: [Int]) {
    require(
      dimensions.allSatisfy { $0 >= 0 }, "a shape needs lengths of at least 0, not \(dimensions)")
    self.dimensions = dimensions
  }

  public init(arrayLiteral dimensions: Int...) { self.init(dimensions) }

  public var rank: Int { dimensions.count }

  /// The number of elements: the product of the lengths.
  public var count: Int {
    var result = 1
    for length in dimensions {
      let (product, isTooLarge) = result.multipliedReportingOverflow(by: length)
      require(!isTooLarge, "a shape \(self) has more elements than can be counted")
      result = product
    }
    return result
  }

  var isEmpty: Bool { dimensions.contains(0) }

  public subscript(axis: Int) -> Int { dimensions[axis] }

  /// The shape both broadcast to by NumPy's rule (aligned at the last axis, 1 stretches), or nil.
  func broadcast(with other: Shape) -> Shape? {
    if self == other { return self }
    let rank = max(rank, other.rank)
    var result = [Int](repeating: 1, count: rank)
    for axis in 0..<rank {
      let a = length(axis, ofRank: rank)
      let b = other.length(axis, ofRank: rank)
      guard a == b || a == 1 || b == 1 else { return nil }
      result[axis] = a == 1 ? b : a
    }
    return Shape(result)
  }

  /// The length of `axis` once the shape is padded with leading ones to `rank`.
  private func length(_ axis: Int, ofRank rank: Int) -> Int {
    let own = axis - (rank - self.rank)
    return own < 0 ? 1 : dimensions[own]
  }
}

extension Shape: CustomStringConvertible {
  public var description: String { "[" + dimensions.map(String.init).joined(separator: ", ") + "]" }
}
