import Autodiff
import Foundation
import Learning

/// Networks computed the plain way in double precision: what the graphs are tested against.
enum Plain {
  /// x W + b for one row; W is [inputs, outputs], row-major.
  static func dense(_ x: [Double], _ weight: [Double], _ bias: [Double]) -> [Double] {
    bias.indices.map { column in
      x.indices.reduce(bias[column]) { $0 + x[$1] * weight[$1 * bias.count + column] }
    }
  }

  /// An MLP whose hidden units are tanh.
  static func mlp(_ x: [Double], _ weights: [[Double]]) -> [Double] {
    let layers = weights.count / 2
    return (0..<layers).reduce(x) { x, layer in
      let sum = dense(x, weights[2 * layer], weights[2 * layer + 1])
      return layer == layers - 1 ? sum : sum.map { tanh($0) }
    }
  }

  /// h(z; θ): the target's tensors in their order, from a trunk of tanh units and linear heads.
  static func generate(
    _ z: [Double], theta: [String: [Double]], target: [TensorSpecification]
  ) -> [[Double]] {
    var h = z
    var layer = 1
    while let weight = theta["trunk.\(layer).weight"], let bias = theta["trunk.\(layer).bias"] {
      h = dense(h, weight, bias).map { tanh($0) }
      layer += 1
    }
    return target.map {
      dense(h, theta["head.\($0.name).weight"] ?? [], theta["head.\($0.name).bias"] ?? [])
    }
  }
}

/// A training program with everything it needs to run, as a run has it.
final class SchemeRun {
  let model: HypernetworkModel
  let variables: Variables
  let program: TrainingProgram
  let plan: Plan
  let feed: any Feed
  private(set) var notices: [String] = []

  init(_ model: HypernetworkModel, knobs: KnobValues, seed: UInt64 = 1) {
    self.model = model
    variables = Variables(model.variables.map { ($0.name, $0.shape) })
    model.initialize(variables, seed: seed)
    program = model.trainingProgram()
    plan = Plan(program.graph, outputs: [program.loss], variables: variables)
    feed = program.feed(plan)
    feed.apply(knobs, seed: seed)
  }

  /// What happens before a step, without the step.
  func change(at step: Int) {
    for transition in program.transitions(step) {
      switch transition {
      case .run(let graph, _): Plan(graph, outputs: [], variables: variables).run()
      case .zero(let names): for name in names { variables.storage(name).update(repeating: 0) }
      case .notice(let text): notices.append(text)
      }
    }
  }

  /// One step; returns its loss.
  @discardableResult
  func step(_ step: Int) -> Float {
    change(at: step)
    feed.write(step: step)
    plan.run()
    return plan.value(program.loss)[0]
  }

  /// θ without the embeddings.
  var theta: [String: [Double]] {
    Dictionary(
      uniqueKeysWithValues: model.strategy.variables.map { ($0.name, numbers($0.name)) })
  }

  func numbers(_ name: String) -> [Double] { variables[name].map(Double.init) }

  func context(_ task: Int) -> [Double] {
    let count = model.contextCount
    return Array(numbers(HypernetworkModel.embedding)[task * count..<(task + 1) * count])
  }
}
