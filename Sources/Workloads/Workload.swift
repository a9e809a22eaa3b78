import Autodiff
import Foundation
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

  /// The problem in these sizes. Throws where they do not fit each other, or memory.
  func problem(_ sizes: KnobValues) throws(KnobError) -> Problem {
    let problem = try make { sizes.integer($0) }
    let kept = problem.graph.variableShapes.reduce(0.0) { $0 + Double($1.shape.count) }
    // A step has a few of the largest values at once.
    let numbers = kept + 6 * Double(problem.graph.largestCount)
    let bytes = numbers * Double(MemoryLayout<Float>.stride)
    let memory = Double(ProcessInfo.processInfo.physicalMemory)
    guard bytes < memory else {
      throw KnobError(
        "\(name) in these sizes needs about \(Int(bytes / 1e9)) GB, more than this machine's memory "
          + "of \(Int(memory / 1e9)) GB; choose smaller ones")
    }
    return problem
  }
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
