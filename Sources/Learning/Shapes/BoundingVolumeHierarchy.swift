/// Triangles in boxes within boxes, so that most of them need not be looked at.
struct BoundingVolumeHierarchy: Sendable {
  private struct Node {
    var low, high: Vector
    /// Of a leaf its triangles; of others the number of the second child, the first one being the next.
    var first: Int
    var count: Int
  }

  private static let leafSize = 4
  private var nodes: [Node] = []
  private var triangles: [Triangle] = []

  init(_ mesh: Mesh) {
    let all = mesh.faces.map { Triangle(mesh.corners(of: $0)) }
    let centers = all.map(\.center)
    var order = Array(all.indices)
    nodes.reserveCapacity(all.count)
    build(0..<all.count, &order, all, centers)
    triangles = order.map { all[$0] }
  }

  /// Halves the triangles of a range at the middle one along the longest side of their centres' box.
  private mutating func build(
    _ range: Range<Int>, _ order: inout [Int], _ all: [Triangle], _ centers: [Vector]
  ) {
    let place = nodes.count
    var (low, high) = (Vector(repeating: .infinity), Vector(repeating: -.infinity))
    var (first, last) = (low, high)
    for index in order[range] {
      low = pointwiseMin(low, all[index].low)
      high = pointwiseMax(high, all[index].high)
      first = pointwiseMin(first, centers[index])
      last = pointwiseMax(last, centers[index])
    }
    nodes.append(Node(low: low, high: high, first: range.lowerBound, count: range.count))
    guard range.count > Self.leafSize else { return }
    let extent = last - first
    let axis = extent.x >= max(extent.y, extent.z) ? 0 : extent.y >= extent.z ? 1 : 2
    order[range].sort { centers[$0][axis] < centers[$1][axis] }
    let middle = (range.lowerBound + range.upperBound) / 2
    build(range.lowerBound..<middle, &order, all, centers)
    nodes[place].first = nodes.count
    nodes[place].count = 0
    build(middle..<range.upperBound, &order, all, centers)
  }

  /// The distance from a point to the nearest triangle.
  func distance(to point: Vector) -> Float {
    var best = Float.infinity
    nodes.withUnsafeBufferPointer { nodes in
      triangles.withUnsafeBufferPointer { triangles in
        guard !nodes.isEmpty else { return }
        search(0, nodes, triangles, point, &best)
      }
    }
    return best.squareRoot()
  }

  private func search(
    _ index: Int, _ nodes: UnsafeBufferPointer<Node>, _ triangles: UnsafeBufferPointer<Triangle>,
    _ point: Vector, _ best: inout Float
  ) {
    let node = nodes[index]
    guard node.count == 0 else {
      for i in node.first..<node.first + node.count {
        best = min(best, (triangles[i].nearest(to: point) - point).squaredLength)
      }
      return
    }
    let (one, other) = (index + 1, node.first)
    let (near, far) = (squaredDistance(nodes[one], point), squaredDistance(nodes[other], point))
    if near <= far {
      if near < best { search(one, nodes, triangles, point, &best) }
      if far < best { search(other, nodes, triangles, point, &best) }
    } else {
      if far < best { search(other, nodes, triangles, point, &best) }
      if near < best { search(one, nodes, triangles, point, &best) }
    }
  }

  private func squaredDistance(_ node: Node, _ point: Vector) -> Float {
    pointwiseMax(pointwiseMax(node.low - point, point - node.high), .zero).squaredLength
  }

  /// Through how many triangles a ray passes; no number of `direction` is 0.
  func crossings(from origin: Vector, along direction: Vector) -> Int {
    var count = 0
    let inverse = 1 / direction
    nodes.withUnsafeBufferPointer { nodes in
      triangles.withUnsafeBufferPointer { triangles in
        guard !nodes.isEmpty else { return }
        cross(0, nodes, triangles, origin, direction, inverse, &count)
      }
    }
    return count
  }

  private func cross(
    _ index: Int, _ nodes: UnsafeBufferPointer<Node>, _ triangles: UnsafeBufferPointer<Triangle>,
    _ origin: Vector, _ direction: Vector, _ inverse: Vector, _ count: inout Int
  ) {
    let node = nodes[index]
    let (one, two) = ((node.low - origin) * inverse, (node.high - origin) * inverse)
    let (enter, leave) = (pointwiseMin(one, two).max(), pointwiseMax(one, two).min())
    // A little more, so that rounding never misses a box.
    guard leave >= 0, enter <= leave + 1e-5 else { return }
    guard node.count == 0 else {
      for i in node.first..<node.first + node.count
      where triangles[i].isHit(from: origin, along: direction) { count += 1 }
      return
    }
    cross(index + 1, nodes, triangles, origin, direction, inverse, &count)
    cross(node.first, nodes, triangles, origin, direction, inverse, &count)
  }

  /// How often the triangles wind around a point: 1 inside, 0 outside (Jacobson et al. 2013, "Robust
  /// inside-outside segmentation using generalized winding numbers").
  func windingNumber(around point: Vector) -> Double {
    triangles.reduce(0) { $0 + $1.solidAngle(from: point) } / (4 * .pi)
  }
}
