extension Tensor {
  /// Elements of a vector.
  func slice(_ range: Range<Int>) -> Tensor {
    slice(axis: 0, from: range.lowerBound, count: range.count)
  }

  /// Elements of a cotangent [N], whose pieces come as pads and joins of pads; nil where all of them
  /// are known to be 0.
  func part(_ range: Range<Int>) -> Tensor? {
    func padded(_ piece: (value: Tensor?, range: Range<Int>)) -> Tensor? {
      piece.value?.padded(
        axis: 0, before: piece.range.lowerBound - range.lowerBound,
        after: range.upperBound - piece.range.upperBound)
    }
    if constantValue == 0 { return nil }
    switch operation {
    case is Add:
      let (a, b) = (operands[0].part(range), operands[1].part(range))
      guard let a, let b else { return a ?? b }
      return a + b
    case let slice as Slice:
      return operands[0].part(range.lowerBound + slice.start..<range.upperBound + slice.start)
    case let pad as Pad:
      return operands[0].part(range, from: pad.before).flatMap(padded)
    case is Concatenate:
      var start = 0
      var result: Tensor?
      for operand in operands {
        defer { start += operand.shape.count }
        guard let piece = operand.part(range, from: start).flatMap(padded) else { continue }
        result = result.map { $0 + piece } ?? piece
      }
      return result
    default: return slice(range)
    }
  }

  /// What these elements, which start somewhere in a longer vector, have of a range of it, and where.
  private func part(
    _ range: Range<Int>, from start: Int
  ) -> (value: Tensor?, range: Range<Int>)? {
    let own = range.clamped(to: start..<start + shape.count)
    if own.isEmpty { return nil }
    return (part(own.lowerBound - start..<own.upperBound - start), own)
  }
}
