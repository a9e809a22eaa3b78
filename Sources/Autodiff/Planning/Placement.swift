/// Where parts of joins are computed: right where the join wants them, if whoever computes a part can
/// write there.
struct Placement {
  struct Spot {
    /// The outermost join, whose memory it is.
    let root: Int
    let layout: Layout
  }

  /// By node: its spot in a join.
  private(set) var spots: [Int: Spot] = [:]
  /// By join: for each part, whether it is computed in place.
  private(set) var isInPlace: [Int: [Bool]] = [:]

  init(_ expansion: Expansion) {
    let nodes = expansion.graph.nodes
    let outputs = Set(expansion.outputs.map(\.index))
    // Consumers first, so that a join inside a join finds its own spot settled.
    for index in nodes.indices.reversed() where expansion.isWanted[index] {
      guard case .join(let axis) = nodes[index].operation.lowering else { continue }
      let own = spots[index] ?? Spot(root: index, layout: Layout(contiguous: nodes[index].shape))
      var start = 0
      isInPlace[index] = nodes[index].operands.map { part in
        let count = nodes[part].shape[axis]
        defer { start += count }
        let target = own.layout.sliced(axis: axis, from: start, count: count)
        return place(part, Spot(root: own.root, layout: target), nodes, outputs)
      }
    }
  }

  private mutating func place(
    _ part: Int, _ wanted: Spot, _ nodes: [Graph.Node], _ outputs: Set<Int>
  ) -> Bool {
    var index = part
    var layout = wanted.layout
    // A view of a value lies right if the value lies as the view, seen backwards, demands.
    while case .view = nodes[index].operation.lowering {
      let source = nodes[index].operands[0]
      guard let inverse = nodes[index].operation.inverse(layout, of: nodes[source].shape) else {
        return false
      }
      layout = inverse
      index = source
    }
    guard spots[index] == nil, !outputs.contains(index) else { return false }
    switch nodes[index].operation.lowering {
    case .elementwise, .join: break
    case .kernel(let source): guard source.canWrite(layout) else { return false }
    default: return false
    }
    spots[index] = Spot(root: wanted.root, layout: layout)
    return true
  }
}

extension Operation {
  /// The layout a view's operand must have for the view to have this one, if there is one.
  fileprivate func inverse(_ layout: Layout, of source: Shape) -> Layout? {
    switch self {
    case is Reshape: return layout.reshaped(to: source)
    case is StopGradient: return layout
    case let transpose as Transpose:
      var axes = transpose.axes
      for (position, axis) in transpose.axes.enumerated() { axes[axis] = position }
      return layout.transposed(axes)
    default: return nil
    }
  }
}
