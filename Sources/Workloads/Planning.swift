import Autodiff
import Foundation
import Learning

/// How long it takes to plan graphs of many nodes: a small LSTM unrolled over time, with its backward
/// pass and Adam.
public enum Planning {
  /// One graph, built and planned.
  public struct Record: Hashable, Sendable {
    /// Nodes of the graph as it was built: what a plan is made of.
    public let nodes: Int
    /// Time steps the network is unrolled over.
    public let length: Int
    /// Steps of the plan.
    public let steps: Int
    /// How long it took to append all nodes, gradients included.
    public let buildingSeconds: Double
    public let planningSeconds: Double
    public let arenaBytes: Int

    public var microsecondsPerNode: Double { planningSeconds * 1e6 / Double(nodes) }
  }

  /// What it is called beside the workloads.
  public static let name = "planning"

  /// Numbers of nodes a table shows.
  public static let table = [1000, 10_000, 100_000]

  /// The knob for a number of nodes of one's own.
  public static let nodes = Knob.size(
    "nodes", table[0], "nodes of the graph, about", least: 1000, most: 1_000_000)

  /// Builds and plans a graph of at least `nodes` nodes, by less than a time step more.
  public static func measure(nodes: Int) -> Record {
    let length = length(forNodes: nodes)
    let clock = ContinuousClock()
    let start = clock.now
    let problem = problem(length: length)
    let built = clock.now
    let variables = Variables(problem.graph)
    let beforePlan = clock.now
    let plan = Plan(problem.graph, outputs: [problem.loss], variables: variables)
    let planned = clock.now
    return Record(
      nodes: problem.graph.nodeCount, length: length, steps: plan.steps.count,
      buildingSeconds: (built - start).inSeconds,
      planningSeconds: (planned - beforePlan).inSeconds, arenaBytes: plan.arenaBytes)
  }

  /// From some length on every time step has as many nodes as the one before.
  private static func length(forNodes wanted: Int) -> Int {
    let (short, long) = (8, 16)
    let few = problem(length: short).graph.nodeCount
    let perStep = (problem(length: long).graph.nodeCount - few) / (long - short)
    return max(short, short + (wanted - few + perStep - 1) / perStep)
  }

  private static func problem(length: Int) -> Problem {
    LSTM.problem { size in
      switch size {
      case "length": length
      case "sequences": 4
      default: 16
      }
    }
  }
}
