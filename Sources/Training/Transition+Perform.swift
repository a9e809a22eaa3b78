import Autodiff
import Learning

extension Transition {
  /// Does what it says of variables.
  func perform(on variables: Variables) {
    switch self {
    case .run(let graph, let batches):
      let plan = Plan(graph, outputs: [], variables: variables, threads: 1)
      for inputs in batches {
        for (name, values) in inputs { _ = plan.input(name).update(fromContentsOf: values) }
        plan.run()
      }
    case .zero(let names):
      for name in names { variables.storage(name).update(repeating: 0) }
    case .notice: break
    }
  }
}
