import Learning
import Training

/// Moving in the map of contexts.
extension Model {
  /// Moves the context along the two components on the axes: a press is a fortieth of the width that
  /// is seen.
  mutating func moveInSpace(_ dx: Int, _ dy: Int) {
    let projection = projection
    guard projection.axes.indices.contains(space.horizontal), !context.isEmpty else { return }
    var target = context
    func shift(_ axis: Int, _ count: Int) {
      guard count != 0, projection.axes.indices.contains(axis) else { return }
      let step = spaceStep(projection, axis) * Float(count)
      for i in target.indices { target[i] += projection.axes[axis][i] * step }
    }
    shift(space.horizontal, dx)
    // Up is more, as on every map.
    if space.vertical != space.horizontal { shift(space.vertical, -dy) }
    moveContext(to: target, nudge: "space")
  }

  private func spaceStep(_ projection: Projection, _ axis: Int) -> Float {
    let places = snapshot.tasks.compactMap {
      $0.context.map { projection.coordinates(of: $0)[axis] }
    }
    guard let low = places.min(), let high = places.max(), high > low, (high - low).isFinite else {
      return Self.nudge
    }
    return (high - low) / 40 / max(space.zoom, 1)
  }

  /// The next pair of components on the axes: 1·2, 1·3, 2·3, …
  mutating func nextComponents(_ step: Int) {
    let count = min(context.count, 8)
    let pairs = (0..<count).flatMap { b in (0..<b).map { a in (a, b) } }
    guard !pairs.isEmpty else { return }
    let present = pairs.firstIndex { $0 == (space.horizontal, space.vertical) } ?? 0
    (space.horizontal, space.vertical) = pairs[wrapped(present + step, pairs.count)]
  }
}
