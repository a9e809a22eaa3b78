import Terminal
import Training

/// The workbench as a program: holds the model, a run in training and its probe, turns events into
/// messages, and does what `update` requests.
public final class Workbench: Program {
  private var model: Model
  private var trainer: any TrainingService
  private let prober: Prober

  /// Takes a run over.
  /// - Parameters:
  ///   - theme: what is shown at first; `Themes` knows the others.
  ///   - wake: called from any thread when there is news; must lead to an event `.wake`.
  public init(
    run: sending Run, saving: Saving, theme: Theme, size: Size, capabilities: Capabilities,
    wake: @escaping @Sendable () -> Void
  ) {
    let trainer = Trainer(run, saving: saving, onSnapshot: wake)
    self.trainer = trainer
    prober = Prober(onAnswer: wake)
    guard let first = trainer.latest else {
      preconditionFailure("a trainer begins with a snapshot")
    }
    model = Model(snapshot: first, size: size, capabilities: capabilities, theme: theme)
  }

  public func handle(_ event: Event, now: Double) {}
  public func render(on canvas: Canvas, capabilities: Capabilities, now: Double) {}
  public var needsFrame: Bool { false }
  public var wakeAt: Double? { nil }
  public func takeRequests() -> [TerminalRequest] { [] }
  public var exitStatus: Int32? { nil }
}
