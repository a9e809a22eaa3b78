/// Memory that part of a step reads or writes, from one address to before another.
struct Stretch: Equatable {
  var from: UInt
  var to: UInt
  let isWritten: Bool

  init(_ first: UnsafeMutablePointer<Float>, count: Int, isWritten: Bool = false) {
    from = UInt(bitPattern: first)
    to = from + UInt(max(count, 0) * MemoryLayout<Float>.stride)
    self.isWritten = isWritten
  }

  /// Whether one of them must be done before the other begins.
  func conflicts(with other: Stretch) -> Bool {
    (isWritten || other.isWritten) && from < other.to && other.from < to
  }
}

extension Place {
  /// From the first element to the last, whatever lies between.
  func whole(isWritten: Bool = false) -> Stretch {
    var (low, high) = (0, 0)
    for (count, stride) in zip(layout.shape.dimensions, layout.strides) {
      if count == 0 { return Stretch(pointer, count: 0, isWritten: isWritten) }
      if stride < 0 { low += (count - 1) * stride } else { high += (count - 1) * stride }
    }
    return Stretch(pointer + low, count: high - low + 1, isWritten: isWritten)
  }

  /// Some of `units` equal parts that follow each other; all of it where it has no such parts.
  func part(_ range: Range<Int>, of units: Int, isWritten: Bool = false) -> Stretch {
    let count = layout.shape.count
    guard layout.isContiguous, count % units == 0 else { return whole(isWritten: isWritten) }
    let each = count / units
    return Stretch(
      pointer + range.lowerBound * each, count: range.count * each, isWritten: isWritten)
  }
}

extension Kernel {
  /// This kernel where each unit reads and writes its own one of equal parts of some places.
  func inParts(reading: [Place], writing: Place) -> Kernel {
    touching { range in
      reading.map { $0.part(range, of: units) }
        + [writing.part(range, of: units, isWritten: true)]
    }
  }

  /// This kernel where each unit reads anywhere in some places, besides what else it touches.
  func alsoReading(_ places: [Place]) -> Kernel {
    let whole = places.map { $0.whole() }
    return touching { (touches?($0) ?? []) + whole }
  }
}
