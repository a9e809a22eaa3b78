/// Where the elements of a value lie in its buffer: element (i, j, …) is at
/// `offset + i * strides[0] + j * strides[1] + …`. A stride of 0 repeats, as a broadcast does.
package struct Layout: Hashable, Sendable {
  package var offset: Int
  package var shape: Shape
  package var strides: [Int]

  /// One axis of a collapsed layout.
  struct Axis: Hashable {
    var count: Int
    var stride: Int
  }

  init(offset: Int, shape: Shape, strides: [Int]) {
    self.offset = offset
    self.shape = shape
    self.strides = strides
  }

  /// Row-major without gaps; an axis of length 0 counts as one of length 1.
  package init(contiguous shape: Shape) {
    var strides = [Int](repeating: 1, count: shape.rank)
    for axis in stride(from: shape.rank - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * max(shape[axis + 1], 1)
    }
    self.init(offset: 0, shape: shape, strides: strides)
  }

  /// Row-major without gaps, wherever it starts.
  var isContiguous: Bool {
    var expected = 1
    for axis in stride(from: shape.rank - 1, through: 0, by: -1) where shape[axis] > 1 {
      guard strides[axis] == expected else { return false }
      expected *= shape[axis]
    }
    return true
  }

  /// Every element is the same place in memory.
  var isScalar: Bool { zip(shape.dimensions, strides).allSatisfy { $0 == 1 || $1 == 0 } }

  /// The fewest axes that enumerate the same places in the same order: axes of length 1 dropped,
  /// neighbours merged where the outer one continues the inner one.
  var collapsed: [Axis] { Layout.collapse(zip(shape.dimensions, strides).map(Axis.init)) }

  static func collapse(_ axes: [Axis]) -> [Axis] {
    var result: [Axis] = []
    for axis in axes.reversed() where axis.count > 1 {
      if let inner = result.last, axis.stride == inner.stride * inner.count {
        result[result.count - 1].count *= axis.count
      } else {
        result.append(axis)
      }
    }
    return result.reversed()
  }

  /// How many places there are: fewer than elements where some are repeated.
  var placeCount: Int {
    zip(shape.dimensions, strides).reduce(1) { $0 * ($1.1 == 0 && $1.0 > 0 ? 1 : $1.0) }
  }

  func transposed(_ axes: [Int]) -> Layout {
    Layout(
      offset: offset, shape: Shape(axes.map { shape[$0] }), strides: axes.map { strides[$0] })
  }

  func sliced(axis: Int, from start: Int, count: Int) -> Layout {
    var result = self
    result.offset += start * strides[axis]
    result.shape.dimensions[axis] = count
    return result
  }

  func broadcast(to target: Shape) -> Layout {
    let lead = target.rank - shape.rank
    let strides = (0..<target.rank).map { axis in
      axis < lead || shape[axis - lead] != target[axis] ? 0 : self.strides[axis - lead]
    }
    return Layout(offset: offset, shape: target, strides: strides)
  }

  /// The same places under another shape, or nil where that needs a copy.
  func reshaped(to target: Shape) -> Layout? {
    var strides = [Int](repeating: 1, count: target.rank)
    var source = collapsed
    // Inner axes first; every target axis must divide what is left of one source axis.
    for axis in stride(from: target.rank - 1, through: 0, by: -1) where target[axis] > 1 {
      guard let inner = source.last, inner.count % target[axis] == 0 else { return nil }
      strides[axis] = inner.stride
      if inner.count == target[axis] {
        source.removeLast()
      } else {
        source[source.count - 1] = Axis(
          count: inner.count / target[axis], stride: inner.stride * target[axis])
      }
    }
    return Layout(offset: offset, shape: target, strides: strides)
  }

  /// The offsets of all elements of the first `axes` axes, in row-major order.
  func offsets(ofLeading axes: Int) -> [Int] {
    var result = [0]
    for axis in 0..<axes {
      result = result.flatMap { base in (0..<shape[axis]).map { base + $0 * strides[axis] } }
    }
    return result
  }
}
