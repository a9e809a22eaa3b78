import Autodiff
import Learning

/// A training problem defined independently of any framework, to be put beside other
/// implementations of it: the same numbers trained, the same batch, the same arithmetic.
public struct Workload: Sendable {
  public let name: String
  /// Its sizes, each at first what the definition says.
  public let sizes: [Knob]
  private let make: @Sendable (_ size: (String) -> Int) throws(KnobError) -> Problem

  init(
    _ name: String, sizes: [Knob],
    make: @escaping @Sendable (_ size: (String) -> Int) throws(KnobError) -> Problem
  ) {
    self.name = name
    self.sizes = sizes
    self.make = make
  }

  /// The problem in these sizes. Throws where they do not fit each other.
  func problem(_ sizes: KnobValues) throws(KnobError) -> Problem { try make { sizes.integer($0) } }
}

extension Knob {
  /// A size of a workload, a whole number from 1 (or `least`) on.
  static func size(
    _ name: String, _ standard: Int, _ help: String, least: Int = 1, most: Int = 4096
  ) -> Knob {
    Knob(
      name, title: name, help: help, .integer(least...most), standard: .integer(standard),
      effect: .rebuild)
  }
}

/// The workloads there are.
public enum Workloads {
  public static let all: [Workload] =
    Multitask.all + [
      ChunkedContinual.workload, LowRankWide.workload, HyperLSTM.workload, LSTM.workload,
      MAMLSine.workload, Shapes.workload, FewShotHyperTransformer.workload,
      LargeHypernet.workload,
    ]

  public static var names: [String] { all.map(\.name) }

  public static func named(_ name: String) -> Workload? { all.first { $0.name == name } }
}
