import Autodiff
import Foundation
import Learning

/// How long it takes to plan graphs: of many nodes, a small LSTM unrolled over time with its backward
/// pass and Adam; and those that train the experiments.
public enum Planning {
  /// One graph, built and planned.
  public struct Record: Hashable, Sendable {
    /// The experiment's name, or `lstm` and the time steps it is unrolled over.
    public let name: String
    /// Nodes of the graph as it was built: what a plan is made of.
    public let nodes: Int
    /// Time steps the network is unrolled over; nil of an experiment.
    public let length: Int?
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
  public static func measure(nodes: Int, threads: Int = 1) -> Record {
    let length = length(forNodes: nodes)
    return measure("lstm, \(length) steps", length: length, threads: threads) {
      let problem = problem(length: length)
      return (problem.graph, problem.loss)
    }
  }

  /// Builds and plans the training step of an experiment as it is shipped.
  public static func measure(
    _ experiment: any Experiment, threads: Int = 1
  ) throws(KnobError) -> Record {
    let model = try experiment.model(KnobValues(experiment.knobs))
    return measure(experiment.name, threads: threads) {
      let program = model.trainingProgram()
      return (program.graph, program.loss)
    }
  }

  private static func measure(
    _ name: String, length: Int? = nil, threads: Int, _ build: () -> (Graph, loss: Tensor)
  ) -> Record {
    let clock = ContinuousClock()
    let start = clock.now
    let (graph, loss) = build()
    let built = clock.now
    let variables = Variables(graph)
    let beforePlan = clock.now
    let plan = Plan(graph, outputs: [loss], variables: variables, threads: threads)
    let planned = clock.now
    return Record(
      name: name, nodes: graph.nodeCount, length: length, steps: plan.steps.count,
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
