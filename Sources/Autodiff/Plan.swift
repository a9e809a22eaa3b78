/// A graph planned for replay.
public final class Plan {
  public struct Step: Sendable {
    public let name: String
    public let phase: String
    public let operands: [Shape]
    public let result: Shape
    public let floatingPointOperations: Double
    public let bytes: Int
  }

  public struct Phase: Hashable, Sendable {
    public let name: String
    public let steps: Range<Int>
  }

  public let steps: [Step] = []
  public let phases: [Phase] = []
  public let arenaBytes = 0

  public init(
    _ graph: Graph, outputs: [Tensor], updates: Bool = true, variables: Variables, threads: Int = 1
  ) {}

  public func run() { fatalError() }
  public func run(phase: Int) { fatalError() }
  public func run(steps: Range<Int>) { fatalError() }
  public func input(_ name: String) -> UnsafeMutableBufferPointer<Float> { fatalError() }
  public func value(_ output: Tensor) -> UnsafeBufferPointer<Float> { fatalError() }
  public func firstNonFinite() -> String? { fatalError() }
  public var stepCount: Int { steps.count }
}
