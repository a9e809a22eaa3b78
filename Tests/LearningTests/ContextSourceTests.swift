import Autodiff
import Learning
import LearningTesting
import Testing

/// Where contexts come from: given ones stay as they are, read ones follow the examples, and beside the
/// input every example has weights of its own.
@Suite struct ContextSourceTests {
  private func model(
    _ experiment: any Experiment, _ source: ContextSource
  ) throws -> HypernetworkModel {
    var knobs = KnobValues(experiment.knobs)
    try knobs.set("conditioning", to: source.rawValue)
    return try experiment.hypernetwork(knobs)
  }

  private func variables(_ model: HypernetworkModel) -> Variables {
    let variables = Variables(model.variables.map { ($0.name, $0.shape) })
    model.initialize(variables, seed: 3)
    return variables
  }

  @Test func descriptionsAreOfTheSizeOfOne() throws {
    for experiment in [SineFamily(), DigitViews()] as [any Experiment] {
      let model = try model(experiment, .description)
      #expect(model.contextCount == 2)
      let contexts = variables(model)[HypernetworkModel.embedding]
      #expect(contexts == (0..<model.family.trainingTaskCount).flatMap(model.family.description))
      let square = contexts.reduce(0) { $0 + $1 * $1 } / Float(contexts.count)
      #expect(0.4...1.1 ~= square)
      #expect(!model.trained.contains { $0.name == HypernetworkModel.embedding })
    }
  }

  @Test(arguments: ContextSource.allCases)
  func everySourceTrains(_ source: ContextSource) throws {
    for experiment in [SineFamily(), DigitViews()] as [any Experiment] {
      let model = try model(experiment, source)
      let variables = variables(model)
      let before = variables[HypernetworkModel.embedding]
      let program = model.trainingProgram()
      let plan = Plan(program.graph, outputs: [program.loss], variables: variables)
      let feed = program.feed(plan)
      feed.apply(KnobValues(experiment.knobs), seed: 1)
      var losses: [Float] = []
      for step in 0..<40 {
        feed.write(step: step)
        plan.run()
        losses.append(plan.value(program.loss)[0])
      }
      #expect(losses.allSatisfy { $0.isFinite })
      #expect(losses.suffix(8).reduce(0, +) < losses.prefix(8).reduce(0, +))
      // Given contexts stay; the others move.
      #expect((variables[HypernetworkModel.embedding] == before) == (source == .description))
    }
  }

  /// With an input in the context, two examples of one task meet different networks: the output is not
  /// what the weights of one of them give.
  @Test func weightsOfTheirOwnForEveryInput() throws {
    let model = try model(SineFamily(), .input)
    let graph = Graph()
    let contexts = graph.input("contexts", [1, 8])
    let x = graph.input("x", [1, 2, 1])
    let (weights, outputs) = model.outputs(of: x, contexts: contexts, theta: Theta(graph))
    let whole = weights.dense(tasks: 2, model.target.tensors)
    let plan = Plan(graph, outputs: [outputs] + whole, variables: variables(model))
    RandomKey(seed: 1, stream: .noise).fillNormal(plan.input("contexts"))
    _ = plan.input("x").update(fromContentsOf: [-2, 3])
    plan.run()
    for (tensor, specification) in zip(whole, model.target.tensors) {
      let numbers = plan.value(tensor)
      let half = specification.shape.count
      #expect(Array(numbers[..<half]) != Array(numbers[half...]))
    }
    #expect(plan.value(outputs).count == 2)
  }
}
