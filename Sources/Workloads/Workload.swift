/// A training problem defined independently of any framework, to be put beside other
/// implementations of it: the same numbers trained, the same batch, the same arithmetic.
public struct Workload: Sendable {
  public let name: String
  let make: @Sendable () -> Problem

  init(_ name: String, make: @escaping @Sendable () -> Problem) {
    self.name = name
    self.make = make
  }
}

/// The workloads there are.
public enum Workloads {
  public static let all: [Workload] = Multitask.all

  public static var names: [String] { all.map(\.name) }

  public static func named(_ name: String) -> Workload? { all.first { $0.name == name } }
}
