import Foundation
import Learning
import Training

/// A body in the target pane: it is turned, seen closer, cut, and told in detail once the hand rests.
extension Model {
  /// The body on the screen, where there is one.
  package var body: Behaviour.Body? {
    if case .body(let body) = probe?.behaviour { body } else { nil }
  }

  /// Radians a key turns by, and radians a second of a body that turns by itself.
  private static let turnStep = Float.pi / 36
  private static let turnRate: Float = 0.5
  private static let cutStep: Float = 0.05
  private static let zooms: ClosedRange<Float> = 0.25...16

  mutating func turnBody(_ dx: Int, _ dy: Int) {
    target.camera.turn = wound(target.camera.turn + Float(dx) * Self.turnStep)
    target.camera.tilt = min(
      max(target.camera.tilt + Float(dy) * Self.turnStep, -.pi / 2), .pi / 2)
  }

  private func wound(_ angle: Float) -> Float {
    let rest = angle.truncatingRemainder(dividingBy: 2 * .pi)
    return rest < 0 ? rest + 2 * .pi : rest
  }

  mutating func zoomBody(closer: Bool) {
    let zoom = target.camera.zoom * (closer ? 1.25 : 0.8)
    target.camera.zoom = min(max(zoom, Self.zooms.lowerBound), Self.zooms.upperBound)
  }

  /// Cuts away more or less of what is in front.
  mutating func cutBody(by steps: Int) {
    guard body != nil else { return tell(.notice, "only bodies are cut") }
    let cut = ((target.camera.cut + Float(steps) * Self.cutStep) * 20).rounded() / 20
    target.camera.cut = min(max(cut, 0), 1)
  }

  /// Lets the body turn by itself, or stand.
  mutating func toggleTurning() {
    guard body != nil else { return tell(.notice, "only bodies turn") }
    target.turning = target.turning == nil ? now : nil
    tell(.notice, target.turning == nil ? "the body stands still" : "the body turns by itself")
  }

  /// Turns on to where the body is by now.
  mutating func turnOn() {
    guard let last = target.turning else { return }
    guard body != nil else {
      target.turning = nil
      return
    }
    // Where time was lost there is no hurry to catch up.
    target.camera.turn = wound(
      target.camera.turn + Float(min(max(now - last, 0), 0.5)) * Self.turnRate)
    target.turning = now
  }

  /// When it is turned next.
  var turnsAt: Double? { target.turning.map { $0 + 1 / 20 } }

  // MARK: Detail

  /// Seconds of rest after which a body is told in detail.
  private static let restSeconds = 0.15

  /// Notes since when what is looked at has been the same.
  mutating func noteRest() {
    let subject = TargetView.Rest.Subject(
      context: context, reference: reference, parameters: ObjectIdentifier(snapshot.parameters))
    if target.rest?.subject != subject { target.rest = .init(subject: subject, since: now) }
  }

  /// Whether the body is worth telling in detail: nothing is about to change it.
  package var wantsDetail: Bool {
    guard body != nil, snapshot.state != .running, anchors.playing == nil, let rest = target.rest
    else { return false }
    return now >= rest.since + Self.restSeconds - 1e-6
  }

  /// When it will be.
  package var detailAt: Double? {
    guard body != nil, snapshot.state != .running, anchors.playing == nil, let rest = target.rest,
      now < rest.since + Self.restSeconds - 1e-6
    else { return nil }
    return rest.since + Self.restSeconds
  }
}
