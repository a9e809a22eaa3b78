import Training

/// Where one looks in the curves.
extension Model {
  /// Factors of the exponential mean that `x` goes through.
  static let smoothings: [Float] = [0, 0.6, 0.9, 0.99]
  /// The fewest steps the loss pane spreads over its width.
  static let fewestSteps = 10

  /// All the steps there are to see.
  var wholeRange: ClosedRange<Int> { 0...max(snapshot.step, 1) }

  /// The steps the loss pane shows.
  public var lossRange: ClosedRange<Int> { loss.range ?? wholeRange }

  /// A hundredth of what is seen, but no less than what the history tells apart.
  mutating func moveCrosshair(by count: Int) {
    let span = lossRange.upperBound - lossRange.lowerBound
    let stride = max(snapshot.history.stride, 1)
    let unit = max((span / 100) / stride * stride, stride)
    let from = loss.crosshair ?? snapshot.step
    setCrosshair(from + count * unit)
  }

  /// Puts the crosshair on a step, and the step into view. The newest step is followed.
  mutating func setCrosshair(_ step: Int) {
    let newest = snapshot.step
    guard step < newest else {
      loss.crosshair = nil
      if loss.followsTail { followTail() }
      return
    }
    let step = max(step, 0)
    loss.crosshair = step
    guard let range = loss.range, !range.contains(step) else { return }
    let shift = step < range.lowerBound ? step - range.lowerBound : step - range.upperBound
    loss.followsTail = false
    loss.range = range.lowerBound + shift...range.upperBound + shift
  }

  mutating func zoomLoss(closer: Bool) {
    let range = lossRange
    let span = range.upperBound - range.lowerBound
    let wanted = closer ? max(span / 2, Self.fewestSteps) : span * 2
    guard wanted < wholeRange.upperBound else {
      loss.range = nil
      return
    }
    // The crosshair stays where it is on the screen; without one, the newest step or the middle.
    let anchor =
      loss.crosshair ?? (loss.followsTail ? range.upperBound : (range.lowerBound + span / 2))
    let share = Double(anchor - range.lowerBound) / Double(max(span, 1))
    let lower = anchor - Int((share * Double(wanted)).rounded())
    loss.range = fitted(lower...lower + wanted)
  }

  mutating func toggleFollowing() {
    loss.followsTail.toggle()
    if loss.followsTail {
      loss.crosshair = nil
      followTail()
    }
    tell(.notice, loss.followsTail ? "following the newest step" : "staying at these steps")
  }

  mutating func nextSmoothing() {
    let index = Self.smoothings.firstIndex(of: loss.smoothing) ?? -1
    loss.smoothing = Self.smoothings[wrapped(index + 1, Self.smoothings.count)]
  }

  /// Keeps the newest step at the right edge.
  mutating func followTail() {
    guard let range = loss.range else { return }
    let span = range.upperBound - range.lowerBound
    loss.range = fitted(snapshot.step - span...max(snapshot.step, snapshot.step - span))
  }

  /// The range moved to where there are steps.
  func fitted(_ range: ClosedRange<Int>) -> ClosedRange<Int>? {
    let span = range.upperBound - range.lowerBound
    let whole = wholeRange
    guard span < whole.upperBound else { return nil }
    let lower = min(max(range.lowerBound, 0), whole.upperBound - span)
    return lower...lower + span
  }
}
