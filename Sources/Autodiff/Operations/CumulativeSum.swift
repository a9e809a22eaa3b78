/// Running sums along the last axis, from its start or from its end; each is the other's dual.
struct CumulativeSum: Operation, KernelSource {
  let fromEnd: Bool
  var name: String { "cumulative sum" }
  var lowering: Lowering { .kernel(self) }

  func shape(of operands: [Shape]) throws(Misfit) -> Shape {
    guard operands[0].rank >= 1 else { throw Misfit { "\($0[0]) is a scalar, without an axis" } }
    return operands[0]
  }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent.graph.append(CumulativeSum(fromEnd: !fromEnd), [cotangent])]
  }

  func kernel(_ site: Site) -> Kernel {
    let (a, out) = (site.operands[0].pointer, site.result.pointer)
    let columns = site.operands[0].layout.shape.dimensions.last ?? 1
    let rows = site.operands[0].layout.shape.count / columns
    let (start, step) = fromEnd ? (columns - 1, -1) : (0, 1)
    return Kernel(units: rows, nanosecondsPerUnit: Double(columns) * 1.2 + 2) { units, _ in
      for unit in units {
        var at = unit * columns + start
        var sum: Float = 0
        for _ in 0..<columns {
          sum += a[at]
          out[at] = sum
          at += step
        }
      }
    }.inParts(reading: site.operands, writing: site.result)
  }
}

extension Tensor {
  /// Sums of all elements up to each one along an axis (negative axes count from the last).
  public func cumulativeSum(axis: Int) -> Tensor {
    onLastAxis(axis, for: "cumulative sum") {
      graph.append(CumulativeSum(fromEnd: false), [$0])
    }
  }
}
