/// An operation that makes one number of each row: the last axis stays with length 1.
protocol RowReduction: Operation, KernelSource {
  /// A rough cost of one element.
  var nanosecondsPerElement: Double { get }

  /// Reduces contiguous rows.
  func reduce(
    _ rows: UnsafeMutablePointer<Float>, count: Int, columns: Int,
    into out: UnsafeMutablePointer<Float>)
}

extension RowReduction {
  var lowering: Lowering { .kernel(self) }

  func shape(of operands: [Shape]) throws(Misfit) -> Shape {
    guard let columns = operands[0].dimensions.last, columns > 0 else {
      throw Misfit { "\($0[0]) has nothing along its last axis" }
    }
    var shape = operands[0]
    shape.dimensions[shape.rank - 1] = 1
    return shape
  }

  func kernel(_ site: Site) -> Kernel {
    let (a, out) = (site.operands[0].pointer, site.result.pointer)
    let columns = site.operands[0].layout.shape.dimensions.last ?? 1
    let rows = site.operands[0].layout.shape.count / columns
    return Kernel(
      units: rows, nanosecondsPerUnit: Double(columns) * nanosecondsPerElement + 10
    ) { units, _ in
      reduce(
        a + units.lowerBound * columns, count: units.count, columns: columns,
        into: out + units.lowerBound)
    }.inParts(reading: site.operands, writing: site.result)
  }
}

extension Tensor {
  /// What an operation on the last axis makes of another one (negative ones count from the last),
  /// which is exchanged with the last for it.
  func onLastAxis(_ axis: Int, for name: String, _ operation: (Tensor) -> Tensor) -> Tensor {
    let axis = self.axis(axis, for: name)
    var order = Array(0..<shape.rank)
    order.swapAt(axis, shape.rank - 1)
    return operation(transposed(order)).transposed(order)
  }
}
