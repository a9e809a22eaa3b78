import CKernels

/// The sum over neighbouring axes, which stay with length 1. Dual to a broadcast.
struct Sum: Summation, KernelSource {
  let axes: Range<Int>
  var name: String { "sum" }
  var lowering: Lowering { .kernel(self) }

  func shape(of operands: [Shape]) -> Shape {
    var shape = operands[0]
    for axis in axes { shape.dimensions[axis] = 1 }
    return shape
  }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent.broadcast(to: operands[0].shape)]
  }

  /// A layout as [outer][reduced][inner]: at most one stride for each part, and inner elements
  /// side by side.
  private func parts(_ layout: Layout) -> (outer: Layout.Axis, sum: Layout.Axis, inner: Int)? {
    let all = zip(layout.shape.dimensions, layout.strides).map(Layout.Axis.init)
    let outer = Layout.collapse(Array(all[..<axes.lowerBound]))
    let sum = Layout.collapse(Array(all[axes]))
    let inner = Layout.collapse(Array(all[axes.upperBound...]))
    guard outer.count <= 1, sum.count <= 1, inner.count <= 1 else { return nil }
    if let inner = inner.first, inner.stride != 1 { return nil }
    if inner.isEmpty, let sum = sum.first, sum.stride != 1 { return nil }
    let one = Layout.Axis(count: 1, stride: 0)
    return (outer.first ?? one, sum.first ?? one, inner.first?.count ?? 1)
  }

  func accepts(_ layout: Layout, asOperand index: Int) -> Bool { parts(layout) != nil }

  /// Rows of inner elements, each row anywhere.
  func canWrite(_ layout: Layout) -> Bool {
    let all = zip(layout.shape.dimensions, layout.strides).map(Layout.Axis.init)
    let outer = Layout.collapse(Array(all[..<axes.lowerBound]))
    let inner = Layout.collapse(Array(all[axes.upperBound...]))
    guard outer.count <= 1, inner.count <= 1 else { return false }
    return inner.isEmpty ? layout.isContiguous : inner[0].stride == 1
  }

  func kernel(_ site: Site) -> Kernel {
    guard let (outer, sum, inner) = parts(site.operands[0].layout) else {
      preconditionFailure("sum: a layout it did not accept")
    }
    let (a, out) = (site.operands[0].pointer, site.result.pointer)
    let cost = Double(outer.count * sum.count * inner) * 0.08
    if inner == 1 && outer.count == 1 {
      return Kernel(nanosecondsPerUnit: cost) { _, _ in out[0] = weft_sum(a, sum.count) }
    }
    let span = (sum.count - 1) * sum.stride + inner
    if outer.count == 1 {
      return Kernel(units: inner, nanosecondsPerUnit: cost / Double(inner)) { units, _ in
        let first = units.lowerBound
        weft_sum_rows(out + first, a + first, sum.count, units.count, sum.stride)
      }.touching { units in
        [
          Stretch(a + units.lowerBound, count: span - inner + units.count),
          Stretch(out + units.lowerBound, count: units.count, isWritten: true),
        ]
      }
    }
    let lead = Layout.collapse(
      zip(site.result.layout.shape.dimensions, site.result.layout.strides)
        .prefix(axes.lowerBound).map(Layout.Axis.init))
    let stride = lead.first?.stride ?? 0
    return Kernel(
      units: outer.count, nanosecondsPerUnit: cost / Double(outer.count) + (inner == 1 ? 4 : 10)
    ) { units, _ in
      let (row, to) = (a + units.lowerBound * outer.stride, out + units.lowerBound * stride)
      if inner == 1 {
        weft_sum_columns(to, row, units.count, sum.count, outer.stride)
      } else {
        for unit in 0..<units.count {
          weft_sum_rows(
            to + unit * stride, row + unit * outer.stride, sum.count, inner, sum.stride)
        }
      }
    }.touching { units in
      [
        Stretch(
          a + units.lowerBound * outer.stride, count: (units.count - 1) * outer.stride + span),
        Stretch(
          out + units.lowerBound * stride, count: (units.count - 1) * stride + inner,
          isWritten: true),
      ]
    }
  }
}

extension Tensor {
  /// The sum over some axes (negative ones count from the last), kept with length 1 or removed.
  public func sum(axes: [Int], keepingDimensions: Bool = false) -> Tensor {
    let axes = Set(axes.map { axis($0, for: "sum") })
    var result = self
    var end = shape.rank
    // One node for each run of neighbouring axes, the innermost first.
    while end > 0 {
      guard axes.contains(end - 1) else {
        end -= 1
        continue
      }
      var start = end - 1
      while start > 0 && (axes.contains(start - 1)) { start -= 1 }
      if shape.dimensions[start..<end].contains(where: { $0 != 1 }) {
        result = graph.append(Sum(axes: start..<end), [result])
      }
      end = start
    }
    if keepingDimensions { return result }
    let kept = (0..<shape.rank).filter { !axes.contains($0) }
    return result.reshaped(to: Shape(kept.map { shape[$0] }))
  }

  /// The sum of all elements, a scalar.
  public func sum() -> Tensor { reshaped(to: [shape.count]).sum(axes: [0]) }

  /// Summed over the axes along which `target` would be broadcast to this shape.
  public func sum(to target: Shape) -> Tensor {
    if target == shape { return self }
    require(
      target.broadcast(with: shape) == shape,
      "sum: \(target), to which \(words) is to be summed, does not stretch to it")
    let lead = shape.rank - target.rank
    let axes = (0..<shape.rank).filter { $0 < lead || target[$0 - lead] != shape[$0] }
    return sum(axes: axes, keepingDimensions: true).reshaped(to: target)
  }

  /// The mean over some axes (negative ones count from the last), kept with length 1 or removed. Axes
  /// without elements have none.
  public func mean(axes: [Int], keepingDimensions: Bool = false) -> Tensor {
    let count = Set(axes.map { axis($0, for: "mean") }).reduce(1) { $0 * shape[$1] }
    require(count > 0, "mean: \(words) has no elements along the axes \(axes)")
    return sum(axes: axes, keepingDimensions: keepingDimensions) * (1 / Float(count))
  }

  /// The mean of all elements, of which there must be one, a scalar.
  public func mean() -> Tensor {
    require(!shape.isEmpty, "mean: \(words) has no elements")
    return sum() * (1 / Float(shape.count))
  }
}
