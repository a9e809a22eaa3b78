import CKernels

/// One element of each row by number: [..., N] and indices [...] → [..., 1]. Dual to a product with
/// ``OneHot``.
///
/// Indices are whole numbers held as floats; one outside 0..<N takes the nearest element.
struct Pick: Operation, KernelSource {
  var name: String { "pick" }
  var lowering: Lowering { .kernel(self) }

  func shape(of operands: [Shape]) throws(Misfit) -> Shape {
    let (values, indices) = (operands[0], operands[1])
    guard values.rank >= 1, Array(values.dimensions.dropLast()) == indices.dimensions,
      values.dimensions.last != 0 || indices.isEmpty
    else {
      throw Misfit {
        "wants values [..., N] with N of at least 1 and indices [...], not \($0[0]) and \($0[1])"
      }
    }
    return Shape(indices.dimensions + [1])
  }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    let columns = operands[0].shape[operands[0].shape.rank - 1]
    return [cotangent * operands[1].oneHot(columns), nil]
  }

  func kernel(_ site: Site) -> Kernel {
    let (values, indices, out) = (
      site.operands[0].pointer, site.operands[1].pointer, site.result.pointer
    )
    let columns = site.operands[0].layout.shape.dimensions.last ?? 1
    let rows = site.operands[1].layout.shape.count
    return Kernel(units: rows, nanosecondsPerUnit: 2) { units, _ in
      for unit in units { out[unit] = values[unit * columns + row(indices[unit], of: columns)] }
    }.inParts(reading: site.operands, writing: site.result)
  }
}

/// Rows that are 1 at an index and 0 elsewhere: indices [...] → [..., N]. Not differentiable.
struct OneHot: Operation, KernelSource {
  let columns: Int
  var name: String { "oneHot" }
  var lowering: Lowering { .kernel(self) }

  func shape(of operands: [Shape]) throws(Misfit) -> Shape {
    guard columns > 0 || columns == 0 && operands[0].isEmpty else {
      throw Misfit { "rows of \(columns) numbers hold no index \($0[0])" }
    }
    return Shape(operands[0].dimensions + [columns])
  }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] { [nil] }

  func kernel(_ site: Site) -> Kernel {
    let (indices, out) = (site.operands[0].pointer, site.result.pointer)
    let columns = columns
    let rows = site.operands[0].layout.shape.count
    return Kernel(units: rows, nanosecondsPerUnit: Double(columns) * 0.1 + 4) { units, _ in
      (out + units.lowerBound * columns).update(repeating: 0, count: units.count * columns)
      for unit in units { out[unit * columns + row(indices[unit], of: columns)] = 1 }
    }.inParts(reading: site.operands, writing: site.result)
  }
}

extension Tensor {
  /// The element of each row with this number: [..., N] and indices [...] → [..., 1].
  public func pick(_ indices: Tensor) -> Tensor { graph.append(Pick(), [self, indices]) }

  /// Rows of length `columns` that are 1 at these numbers and 0 elsewhere: [...] → [..., N].
  public func oneHot(_ columns: Int) -> Tensor { graph.append(OneHot(columns: columns), [self]) }

  /// −log softmax(x)[label] of each row: logits [..., N] and labels [...] (whole numbers held as
  /// floats) → [...].
  public func crossEntropy(labels: Tensor) -> Tensor {
    require(
      shape.rank >= 1 && Array(shape.dimensions.dropLast()) == labels.shape.dimensions,
      "cross-entropy: wants logits [..., N] and labels [...], not \(words) and \(labels.words)")
    return (logSumExp() - pick(labels)).reshaped(to: labels.shape)
  }
}
