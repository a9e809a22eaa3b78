/// A value of a ``Graph``: a handle, not numbers. Operators on tensors append nodes.
///
/// Operands of elementwise operators are broadcast by NumPy's rule. A shape that does not fit traps
/// while building, and the message names the operation and the shapes.
public struct Tensor {
  public let graph: Graph
  public let index: Int

  public var shape: Shape { graph.nodes[index].shape }

  var operation: any Operation { graph.nodes[index].operation }
  var operands: [Tensor] { graph.nodes[index].operands.map(graph.tensor) }

  /// The number every element has, if that is known while building.
  var constantValue: Float? {
    switch operation {
    case let constant as Constant: constant.value
    case is Broadcast, is Reshape, is Transpose, is Slice: operands[0].constantValue
    default: nil
    }
  }

  /// The node of an elementwise operation on this tensor and others, all broadcast to one shape.
  func elementwise(_ operation: any Operation, _ others: Tensor...) -> Tensor {
    var common = shape
    for other in others {
      guard let wider = common.broadcast(with: other.shape) else {
        let all = ([self] + others).map(\.words).joined(separator: ", ")
        refuse("\(operation.name): \(all) do not broadcast to one shape")
      }
      common = wider
    }
    return graph.append(operation, ([self] + others).map { $0.broadcast(to: common) })
  }

  /// An axis counted from the end if negative, checked against the rank.
  func axis(_ axis: Int, for operation: String) -> Int {
    let result = axis < 0 ? axis + shape.rank : axis
    require(result >= 0 && result < shape.rank, "\(operation): \(words) has no axis \(axis)")
    return result
  }
}
