import Terminal

/// The inside of a pane. It draws from values alone and knows nothing of where it stands; any canvas
/// will do, however small.
package protocol PaneView {
  init(_ model: Model, _ ink: Ink)
  /// What stands in the border at the right: the scale, the mode.
  var note: [Span] { get }
  func draw(on canvas: Canvas)
  /// What lies at a cell of a canvas of this size, for the mouse; nil for nothing of its own.
  func hit(x: Int, y: Int, in size: Size) -> Hit?
  /// What is left of it where there is no room for pictures, the most important first.
  var figures: [Figure] { get }
}

extension PaneView {
  package func hit(x: Int, y: Int, in size: Size) -> Hit? { nil }
}

/// What the mouse can point at inside a pane.
package enum Hit: Equatable {
  case task(Int)
  case knob(Int)
  case method(Int)
  case weight(row: Int, column: Int)
  /// A component of z, or with their count the position between A and B; with the value at the cell.
  case component(Int, value: Float?)
}

/// A named number.
package struct Figure {
  var label: String
  var value: String
  var style: Style

  init(_ label: String, _ value: String, _ style: Style = .plain) {
    self.label = label
    self.value = value
    self.style = style
  }
}

extension Pane {
  package func view(_ model: Model, _ ink: Ink) -> any PaneView {
    switch self {
    case .tasks: TasksPane(model, ink)
    case .knobs: KnobsPane(model, ink)
    case .loss: LossPane(model, ink)
    case .weights where model.weights.view != .map: FindingsView(model, ink)
    case .weights: WeightsPane(model, ink)
    case .space: SpacePane(model, ink)
    case .target: TargetPane(model, ink)
    case .context: ContextPane(model, ink)
    case .compare: ComparePane(model, ink)
    }
  }
}

extension Model {
  /// Whether what the probe answered is of this moment. While a run goes on an answer is always some
  /// steps old, and still as new as can be.
  func freshness(_ ink: Ink) -> Span {
    guard let probe else { return Span("waiting", ink.subdued) }
    let isLive = snapshot.state == .running || probe.context == context
    return isLive
      ? Span("live", ink.success) : Span("of step \(Figures.count(probe.step))", ink.subdued)
  }
}
