import Autodiff
import Learning

/// A training program with everything it needs to run, as a run has it.
final class SchemeRun {
  let model: HypernetworkModel
  let knobs: KnobValues
  let variables: Variables
  let program: TrainingProgram
  let plan: Plan
  let feed: any Feed
  private(set) var notices: [String] = []

  init(_ model: HypernetworkModel, knobs: KnobValues, seed: UInt64 = 1) {
    self.model = model
    self.knobs = knobs
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
      case .run(let graph, let batches):
        let plan = Plan(graph, outputs: [], variables: variables)
        for inputs in batches {
          for (name, values) in inputs { _ = plan.input(name).update(fromContentsOf: values) }
          plan.run()
        }
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
