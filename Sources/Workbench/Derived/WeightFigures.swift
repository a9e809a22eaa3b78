import Training

/// One tensor as the weights pane shows it: the generated numbers, or their difference to the pin.
struct WeightFigures {
  let name: String
  let dimensions: [Int]
  let grid: TensorGrid
  let values: [Float]
  /// Whether these are differences to pinned weights.
  let isDifference: Bool

  /// Nil where there is no such tensor.
  init?(_ tensor: Int, of probe: ProbeResult, pin: Pin?, showsDifference: Bool) {
    guard probe.weights.indices.contains(tensor) else { return nil }
    let generated = probe.weights[tensor]
    grid = TensorGrid(generated.specification)
    name = generated.specification.name
    dimensions = generated.specification.shape.dimensions
    guard generated.values.count == grid.rows * grid.columns else { return nil }
    if showsDifference, let pinned = pin?.weights, pinned.indices.contains(tensor),
      pinned[tensor].specification == generated.specification
    {
      values = zip(generated.values, pinned[tensor].values).map { $0 - $1 }
      isDifference = true
    } else {
      values = generated.values
      isDifference = false
    }
  }

  /// Its shape: `40×40`, and `40` for a bias.
  func shape(_ times: String) -> String {
    dimensions.map(String.init).joined(separator: times)
  }

  /// Whether it is one row or one column: drawn as bars then, not as a map.
  var isVector: Bool { grid.rows == 1 || grid.columns == 1 }

  /// The number of the tensor's numbers that are at most this one, as a share.
  func rank(of value: Float) -> Float {
    let below = values.reduce(0) { $1 <= value ? $0 + 1 : $0 }
    return Float(below) / Float(max(values.count, 1))
  }

  /// Root of the mean square.
  var magnitude: Float {
    (values.reduce(0) { $0 + $1 * $1 } / Float(max(values.count, 1))).squareRoot()
  }

  /// How many of the numbers fall into each of so many equal parts of [−limit, limit]; what lies
  /// beyond counts to the ends.
  func histogram(_ parts: Int, limit: Float) -> [Int] {
    var counts = [Int](repeating: 0, count: max(parts, 1))
    guard limit > 0 else { return counts }
    for value in values where value.isFinite {
      let place = (min(max(value / limit, -1), 1) + 1) / 2 * Float(counts.count)
      counts[min(Int(place), counts.count - 1)] += 1
    }
    return counts
  }
}

/// The ends of a symmetric scale: the size that 99 of 100 numbers do not exceed, up to the next round
/// number, so that one outlier does not turn everything else grey.
func robustLimit(_ values: [Float]) -> Float {
  var sizes = values.filter(\.isFinite).map(abs)
  guard !sizes.isEmpty else { return 1 }
  sizes.sort()
  let high = sizes[Int((Float(sizes.count - 1) * 0.99).rounded(.up))]
  return Figures.ladder(high > 0 ? high : sizes[sizes.count - 1])
}
