import Autodiff
import Dispatch
import Learning

/// Answers "does z matter, and are the generated weights of the right size?" from a snapshot's
/// parameters, on a queue of its own.
public typealias Examiner = Desk<ExaminationBench>

/// What an examiner found at one step.
public struct Examination: Sendable {
  public var conditioning: Conditioning
  /// At the context that was asked about.
  public var autopsy: Autopsy
  /// How long it took: whoever asks again and again keeps that a small share of the time.
  public var seconds: Double

  public init(conditioning: Conditioning, autopsy: Autopsy, seconds: Double) {
    self.conditioning = conditioning
    self.autopsy = autopsy
    self.seconds = seconds
  }
}

/// The examiner of the networks that were asked about last.
public final class ExaminationBench: Bench {
  private let kept = Kept { $0.examiner() }

  public init() {}

  public static let queue = (name: "weft.examination", qos: DispatchQoS.utility)

  public func answer(_ question: ContextQuestion) -> Examination? {
    let begin = DispatchTime.now()
    guard let (conditioning, autopsy) = kept[question.snapshot]?.examine(question) else {
      return nil
    }
    let nanoseconds = DispatchTime.now().uptimeNanoseconds - begin.uptimeNanoseconds
    return Examination(
      conditioning: conditioning, autopsy: autopsy, seconds: Double(nanoseconds) / 1e9)
  }
}
