/// A task family, target network, strategy and training scheme under one name, with every knob's
/// standard value.
public protocol Experiment: Sendable {
  var name: String { get }
  /// One line for the gallery.
  var summary: String { get }
  var knobs: [Knob] { get }
  /// The step at which a headless run ends when nothing else is said.
  var standardSteps: Int { get }
  /// The same for a setting of the knobs, where they say how long a run is.
  func steps(_ knobs: KnobValues) -> Int
  /// Steps between two evaluations on unseen data.
  var evaluationInterval: Int { get }

  /// The model for a setting of the knobs; throws where values do not go together.
  func model(_ knobs: KnobValues) throws(KnobError) -> any ExperimentModel
}

extension Experiment {
  public func steps(_ knobs: KnobValues) -> Int { standardSteps }
}

/// Every experiment there is, in the gallery's order.
public enum Experiments {
  public static let all: [any Experiment] =
    [SineFamily(), DigitViews(), ThreePolynomials(), CharacterLanguage(), FewShotGlyphs()]
    + ContinualDigits.all + [NonIIDDigits(), Growth(), Hospitals(), Shapes(), Architectures()]
    + FaultLab.all

  public static func named(_ name: String) -> (any Experiment)? {
    all.first { $0.name == name }
  }
}
