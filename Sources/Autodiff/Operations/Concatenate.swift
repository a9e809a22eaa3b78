struct Concatenate: Operation {
  let axis: Int
  var name: String { "concatenate" }
  var lowering: Lowering { .join(axis: axis) }

  func shape(of operands: [Shape]) throws(Misfit) -> Shape {
    var result = operands[0]
    result.dimensions[axis] = operands.reduce(0) { $0 + $1[axis] }
    for operand in operands {
      var other = operand
      other.dimensions[axis] = result[axis]
      guard other == result else {
        throw Misfit { "\($0.joined(separator: ", ")) differ beside axis \(axis)" }
      }
    }
    return result
  }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    var start = 0
    return operands.map { operand in
      defer { start += operand.shape[axis] }
      return cotangent.slice(axis: axis, from: start, count: operand.shape[axis])
    }
  }
}

extension Tensor {
  /// Tensors one after the other along an axis; they agree in the lengths of all others.
  public static func concatenate(_ parts: [Tensor], axis: Int) -> Tensor {
    require(!parts.isEmpty, "concatenate: wants at least one part")
    require(
      parts.allSatisfy { $0.shape.rank == parts[0].shape.rank },
      "concatenate: \(parts.map(\.words).joined(separator: ", ")) differ in their number of axes")
    let axis = parts[0].axis(axis, for: "concatenate")
    return parts.count == 1 ? parts[0] : parts[0].graph.join(parts, Concatenate(axis: axis))
  }
}
