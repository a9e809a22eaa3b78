import Foundation

/// How the learning rate changes over the standard run, or over each task where they take turns.
public enum RateSchedule: String, CaseIterable, Hashable, Sendable {
  case constant
  /// Falls from the first step on.
  case cosine
  /// Constant, then falls over the last tenth: the speed of a constant rate, without the noise it
  /// leaves at the end.
  case settle

  /// What is left of the rate at the end and after it.
  private static let floor: Float = 0.02

  /// What the knob's rate is multiplied by at a step of a run of `steps` steps: 1, falling in half a
  /// cosine to a fiftieth.
  public func factor(at step: Int, of steps: Int) -> Float {
    let first =
      switch self {
      case .constant: steps
      case .cosine: 0
      case .settle: steps / 10 * 9
      }
    guard self != .constant, step > first else { return 1 }
    let progress = min(Float(step - first) / Float(max(steps - first, 1)), 1)
    return Self.floor + (1 - Self.floor) * 0.5 * (1 + cosf(.pi * progress))
  }
}
