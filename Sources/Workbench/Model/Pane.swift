/// The panes, in causal order: what is learned, how, how well, what is generated, where its context
/// lies, what it does, and the context that drives it. Last, and alone on the screen, the race of methods.
public enum Pane: Int, CaseIterable, Hashable, Sendable {
  case tasks = 1
  case knobs, loss, weights, space, target, context
  case compare

  /// The panes about the run, which stand side by side.
  public static let ofRun = allCases.filter { $0 != .compare }

  /// The key that goes there.
  public var number: Int { rawValue }

  public var title: String {
    switch self {
    case .tasks: "Tasks"
    case .knobs: "Knobs"
    case .loss: "Loss"
    case .weights: "Weights H(z)→W"
    case .space: "Task space"
    case .target: "Target f(x; H(z))"
    case .context: "Context z"
    case .compare: "Compare"
    }
  }

  /// Where there is room for few letters.
  public var shortTitle: String {
    switch self {
    case .tasks: "Tsk"
    case .knobs: "Kn"
    case .loss: "Loss"
    case .weights: "Wts"
    case .space: "Map"
    case .target: "f(x)"
    case .context: "Ctx"
    case .compare: "Cmp"
    }
  }
}
