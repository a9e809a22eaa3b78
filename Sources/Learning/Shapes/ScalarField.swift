/// A number at every node of a grid over the cube [−1, 1]³, negative inside of a body. Node (i, j, k) is
/// the middle of one of side³ equal cells.
public struct ScalarField: Sendable, Equatable {
  /// Nodes along an edge of the cube.
  public let side: Int
  /// Node (i, j, k) is number (k · side + j) · side + i.
  public var values: [Float]

  /// - Parameter values: side³ of them.
  public init(side: Int, values: [Float]) {
    precondition(
      side > 0 && values.count == side * side * side,
      "\(values.count) values for a field of side \(side)")
    self.side = side
    self.values = values
  }

  /// Where a node is.
  public static func point(_ index: Int, side: Int) -> Vector {
    let (i, rest) = (index % side, index / side)
    return (Vector(Float(i), Float(rest % side), Float(rest / side)) * 2 + 1) / Float(side) - 1
  }

  /// The number at a point, linear between nodes; beyond the outermost, theirs.
  public func value(at point: Vector) -> Float {
    let top = Float(side - 1)
    let place = pointwiseMin(
      pointwiseMax(((point + 1) * Float(side) - 1) / 2, Vector(repeating: 0)),
      Vector(repeating: top))
    let floor = pointwiseMin(
      place.rounded(.down), Vector(repeating: max(top - 1, 0)))
    let share = place - floor
    let (i, j, k) = (Int(floor.x), Int(floor.y), Int(floor.z))
    let (right, up, back) = side > 1 ? (1, side, side * side) : (0, 0, 0)
    let first = (k * side + j) * side + i
    return values.withUnsafeBufferPointer { values in
      func row(_ start: Int) -> Float {
        values[start] + (values[start + right] - values[start]) * share.x
      }
      let front = row(first) + (row(first + up) - row(first)) * share.y
      let rear = row(first + back) + (row(first + back + up) - row(first + back)) * share.y
      return front + (rear - front) * share.z
    }
  }

  /// The direction in which it grows fastest, of length 1.
  public func normal(at point: Vector) -> Vector {
    let step = 1 / Float(side)
    return Vector(
      value(at: point + Vector(step, 0, 0)) - value(at: point - Vector(step, 0, 0)),
      value(at: point + Vector(0, step, 0)) - value(at: point - Vector(0, step, 0)),
      value(at: point + Vector(0, 0, step)) - value(at: point - Vector(0, 0, step))
    ).normalized
  }

  /// How many nodes are inside.
  public var insideCount: Int { values.count { $0 < 0 } }

  /// Intersection over union with another field of the same side: of the nodes inside of either, the share
  /// that is inside of both; 1 where neither has any.
  public func overlap(_ other: ScalarField) -> Float {
    precondition(side == other.side, "fields of side \(side) and \(other.side)")
    var (both, either) = (0, 0)
    for (a, b) in zip(values, other.values) {
      if a < 0 && b < 0 { both += 1 }
      if a < 0 || b < 0 { either += 1 }
    }
    return either == 0 ? 1 : Float(both) / Float(either)
  }
}

extension ScalarField {
  /// A solid's signed distances. Where the surface is far from a block of nodes, the distance of the
  /// block's middle stands for all of them: the sign is right everywhere, as no distance changes faster
  /// than the point moves.
  package init(of solid: any Solid, side: Int) {
    let block = 4
    var values = [Float](repeating: 0, count: side * side * side)
    // Half of a block's diagonal, and a cell's, so that nothing between two nodes is far either.
    let radius = Float(block + 1) / Float(side) * Float(3).squareRoot()
    for k in stride(from: 0, to: side, by: block) {
      for j in stride(from: 0, to: side, by: block) {
        for i in stride(from: 0, to: side, by: block) {
          let middle =
            (Vector(Float(i), Float(j), Float(k)) * 2 + Float(block)) / Float(side) - 1
          let distance = solid.signedDistance(to: middle)
          let isFar = abs(distance) > radius * 1.001
          for z in k..<min(k + block, side) {
            for y in j..<min(j + block, side) {
              for x in i..<min(i + block, side) {
                let index = (z * side + y) * side + x
                values[index] =
                  isFar
                  ? distance : solid.signedDistance(to: Self.point(index, side: side))
              }
            }
          }
        }
      }
    }
    self.init(side: side, values: values)
  }
}

extension ScalarField {
  /// For each of side³ cells around the nodes: whether the surface may pass near, some node being inside
  /// and another outside of those that are at most one away.
  package func mixedCells() -> [Bool] {
    var inside = values.map { $0 < 0 }
    var outside = inside.map { !$0 }
    // Along one axis after another.
    for stride in [1, side, side * side] {
      inside = spread(inside, stride)
      outside = spread(outside, stride)
    }
    return zip(inside, outside).map { $0 && $1 }
  }

  private func spread(_ marks: [Bool], _ stride: Int) -> [Bool] {
    marks.indices.map { index in
      let place = index / stride % side
      return marks[index] || place > 0 && marks[index - stride]
        || place < side - 1 && marks[index + stride]
    }
  }

  /// The node whose cell a point is in.
  package func cell(of point: Vector) -> Int {
    func place(_ axis: Int) -> Int {
      min(max(Int((point[axis] + 1) / 2 * Float(side)), 0), side - 1)
    }
    return (place(2) * side + place(1)) * side + place(0)
  }
}
