import Autodiff
import Learning
import LearningTesting
import Testing

struct ExaminationProgramTests {
  private let target = MLP(widths: [64, 6, 10], activation: .tanh)

  private func model(_ choice: StrategyChoice, widths: [Int]) throws -> HypernetworkModel {
    let experiment = DigitViews()
    return HypernetworkModel(
      family: try experiment.hypernetwork(KnobValues(experiment.knobs)).family, target: target,
      strategy: try choice.strategy(
        trunk: Trunk(
          contextCount: 3, contextSquare: 1, widths: widths, activation: .tanh,
          initialization: .xavier),
        target: target.tensors, gain: 1,
        sizes: .init(chunk: 50, chunkEmbedding: 4, rank: 2, isBaseFrozen: false), tasks: 3),
      scheme: MultiTaskScheme(tasksPerStep: 2, examples: 2, schedule: .constant, steps: 10),
      contextCount: 3, embeddingDeviation: 1, optimizer: .sgd,
      fitting: ContextFitting(examples: 2, steps: 1, rate: 0.1, starts: 1))
  }

  /// Every number drawn, also those that begin at 0.
  private func draw(_ model: HypernetworkModel) -> Variables {
    let variables = Variables(model.parameters.map { ($0.name, $0.shape) })
    for (index, entry) in variables.entries.enumerated() {
      let key = RandomKey(seed: 3, stream: .initialization, step: index)
      _ = variables.storage(entry.name)
        .update(fromContentsOf: key.normal(entry.shape.count, deviation: 0.3))
    }
    return variables
  }

  private func columns(
    _ model: HypernetworkModel, at context: [Float], _ variables: Variables
  ) -> [[Float]] {
    let program = model.sensitivityProgram()
    let plan = Plan(program.graph, outputs: program.columns, variables: variables)
    _ = plan.input("contexts").update(fromContentsOf: (0..<3).flatMap { _ in context })
    _ = plan.input("tangents").update(fromContentsOf: [1, 0, 0, 0, 1, 0, 0, 0, 1] as [Float])
    plan.run()
    return program.columns.map { Array(plan.value($0)) }
  }

  /// W = z V + a: the Jacobian is V, whatever z is.
  @Test func ofALinearHypernetworkTheJacobianIsTheHeadItself() throws {
    let model = try model(.full, widths: [])
    let variables = draw(model)
    for context: [Float] in [[0, 0, 0], [0.4, -2, 7]] {
      let found = columns(model, at: context, variables)
      for (tensor, columns) in zip(target.tensors, found) {
        #expect(columns == variables["head.\(tensor.name).weight"], "\(tensor.name)")
      }
    }
  }

  @Test(arguments: StrategyChoice.allCases)
  func theJacobianIsWhatSmallStepsOfZSay(_ choice: StrategyChoice) throws {
    let model = try model(choice, widths: [7, 5])
    let variables = draw(model)
    let context: [Float] = [0.3, -0.5, 0.8]
    let found = columns(model, at: context, variables)
    let step: Float = 1e-2
    let program = model.generationProgram(rows: 6)
    let plan = Plan(program.graph, outputs: program.weights, variables: variables)
    let rows = (0..<6).map { row in
      context.indices.map { context[$0] + ($0 == row / 2 ? (row % 2 == 0 ? step : -step) : 0) }
    }
    _ = plan.input("contexts").update(fromContentsOf: rows.flatMap { $0 })
    plan.run()
    for (index, tensor) in target.tensors.enumerated() {
      let weights = plan.value(program.weights[index])
      let count = tensor.shape.count
      for component in 0..<3 {
        for k in 0..<count {
          let difference =
            (weights[2 * component * count + k] - weights[(2 * component + 1) * count + k])
            / (2 * step)
          let value = found[index][component * count + k]
          #expect(abs(value - difference) < 1e-3, "\(tensor.name) \(component) \(k)")
        }
      }
    }
  }

  @Test func theLayersOfAnMLPEndInItsOutputs() {
    let graph = Graph()
    let weights = target.tensors.map {
      Weight(graph.input($0.name, Shape([2] + $0.shape.dimensions)))
    }
    let x = graph.input("x", [2, 5, 64])
    let layers = target.layers(weights, x)
    #expect(layers.map(\.name) == ["h1", "y"])
    #expect(layers.map(\.output.shape) == [[2, 5, 6], [2, 5, 10]])
    #expect(layers[0].sum.index != layers[0].output.index)
    #expect(layers[1].sum.index == layers[1].output.index)
    #expect(layers[1].output.index == target(weights, x).index)
  }
}
