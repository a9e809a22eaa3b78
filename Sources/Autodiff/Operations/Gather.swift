/// Rows of a table [N, E] by number: indices [T] → [T, E]. Dual to ``ScatterAdd``.
///
/// Indices are whole numbers held as floats; one outside 0..<N takes the nearest row.
struct Gather: Operation, KernelSource {
  var name: String { "gather" }
  var lowering: Lowering { .kernel(self) }

  func shape(of operands: [Shape]) throws(Misfit) -> Shape {
    guard operands[0].rank == 2, operands[1].rank == 1, operands[0][0] > 0 || operands[1][0] == 0
    else {
      throw Misfit { "wants a table [N, E] with rows and indices [T], not \($0[0]) and \($0[1])" }
    }
    return [operands[1][0], operands[0][1]]
  }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent.scatterAdd(rows: operands[1], of: operands[0].shape[0]), nil]
  }

  func kernel(_ site: Site) -> Kernel {
    let (table, indices, out) = (
      site.operands[0].pointer, site.operands[1].pointer, site.result.pointer
    )
    let (rows, width) = (site.operands[0].layout.shape[0], site.operands[0].layout.shape[1])
    let count = site.operands[1].layout.shape[0]
    return Kernel(units: count, nanosecondsPerUnit: Double(width) * 0.1 + 5) { units, _ in
      for unit in units {
        (out + unit * width).update(
          from: table + row(indices[unit], of: rows) * width, count: width)
      }
    }.inParts(reading: [], writing: site.result).alsoReading(site.operands)
  }
}

/// Adds rows [T, E] into a table of zeros [N, E] by number: indices [T]. Dual to ``Gather``.
struct ScatterAdd: Summation, KernelSource {
  let rows: Int
  var name: String { "scatterAdd" }
  var lowering: Lowering { .kernel(self) }

  func shape(of operands: [Shape]) throws(Misfit) -> Shape {
    guard operands[0].rank == 2, operands[1].rank == 1, operands[0][0] == operands[1][0],
      rows > 0 || rows == 0 && operands[1][0] == 0
    else {
      throw Misfit {
        "wants rows [T, E] and indices [T], not \($0[0]) and \($0[1]), for a table of \(rows) rows"
      }
    }
    return [rows, operands[0][1]]
  }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent.gather(rows: operands[1]), nil]
  }

  func kernel(_ site: Site) -> Kernel {
    let (values, indices, out) = (
      site.operands[0].pointer, site.operands[1].pointer, site.result.pointer
    )
    let (count, width) = (site.operands[0].layout.shape[0], site.operands[0].layout.shape[1])
    let rows = rows
    return Kernel(nanosecondsPerUnit: Double((count + rows) * width) * 0.2) { _, _ in
      out.update(repeating: 0, count: rows * width)
      for unit in 0..<count {
        let target = out + row(indices[unit], of: rows) * width
        let source = values + unit * width
        for column in 0..<width { target[column] += source[column] }
      }
    }
  }
}

/// The row an index means: rounded down and kept inside the table, whatever the float holds.
func row(_ index: Float, of rows: Int) -> Int {
  index > 0 ? Int(min(index, Float(rows - 1))) : 0
}

extension Tensor {
  /// The rows of this table [N, E] with these numbers [T]: [T, E].
  public func gather(rows indices: Tensor) -> Tensor { graph.append(Gather(), [self, indices]) }

  /// A table [`count`, E] of zeros to whose rows with these numbers [T] the rows of this tensor
  /// [T, E] are added, in order.
  public func scatterAdd(rows indices: Tensor, of count: Int) -> Tensor {
    graph.append(ScatterAdd(rows: count), [self, indices])
  }
}
