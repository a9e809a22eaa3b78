import Autodiff
import Learning

/// What is generated for the shown episodes, mixed as a context says, and what that network makes of an
/// episode's queries.
final class EpisodeProbe: Probe {
  private let model: EpisodeModel
  private let generation: (graph: Graph, weights: [Tensor])
  private let answering: (graph: Graph, outputs: Tensor)
  private let variables: Variables
  private let generating, answerer: Plan
  /// Labels of the queries in the answering plan, [queries, ways], and whose they are.
  private var labels: [Float] = []
  private var picture: Int?

  init(_ model: EpisodeModel) {
    self.model = model
    let shown = model.shown
    generation = model.generationProgram(rows: shown.count)
    answering = model.answerProgram(queries: model.family.evaluationCount)
    variables = Variables(model.parameters.map { ($0.name, $0.shape) })
    generating = Plan(
      generation.graph, outputs: generation.weights, updates: false, variables: variables)
    answerer = Plan(
      answering.graph, outputs: [answering.outputs], updates: false, variables: variables)
    let (x, y) = (generating.input("support.x"), generating.input("support.y"))
    for (row, task) in shown.enumerated() {
      fill(
        task, .support, examples: model.shots, x: x.part(row, of: shown.count),
        y: y.part(row, of: shown.count))
    }
  }

  private func fill(
    _ task: Int, _ part: Episodes.Part, examples: Int, x: UnsafeMutableBufferPointer<Float>,
    y: UnsafeMutableBufferPointer<Float>
  ) {
    let (number, split) = model.family.place(of: task)
    model.family.episodes.fill(
      number, split, part, examples: examples, key: part.shownKey(number), row: 0, x: x, y: y)
  }

  /// All weights follow from parameters alone.
  func load(_ parameters: Parameters) -> Bool {
    guard variables.load(parameters) else { return false }
    generating.run()
    return true
  }

  func answer(_ question: ContextQuestion) -> ProbeResult? {
    let shown = model.shown
    let reference = question.reference.flatMap { shown.indices.contains($0) ? $0 : nil } ?? 0
    guard let weights = weights(question.context, task: reference) else { return nil }
    answerQueries(of: reference, weights)
    return ProbeResult(
      context: question.context, step: question.snapshot.step, reference: reference,
      weights: weights, behaviour: .episode(behaviour(reference)))
  }

  /// Runs a network on an episode's queries.
  private func answerQueries(of reference: Int, _ weights: [ProbeResult.Weights]) {
    if picture != reference {
      labels = [Float](
        repeating: 0, count: model.family.evaluationCount * model.family.outputCount)
      labels.withUnsafeMutableBufferPointer { y in
        fill(
          model.shown[reference], .query, examples: model.family.evaluationCount,
          x: answerer.input("x"), y: y)
      }
      picture = reference
    }
    for tensor in weights {
      _ = answerer.input("weight.\(tensor.specification.name)").update(from: tensor.values)
    }
    answerer.run()
  }

  /// With the queries of the episode that is most of it.
  func account(of context: [Float]) -> NetworkAccount? {
    guard let weights = weights(context, task: nil),
      let reference = context.indices.max(by: { context[$0] < context[$1] })
    else { return nil }
    answerQueries(of: reference, weights)
    let (x, outputs) = (answerer.input("x"), answerer.value(answering.outputs))
    let (pixels, ways) = (model.family.inputCount, model.family.outputCount)
    let queries = 0..<model.family.evaluationCount
    return NetworkAccount(
      details: model.target.details,
      inputs: queries.map { Array(x[$0 * pixels..<($0 + 1) * pixels]) },
      outputs: queries.map { Array(outputs[$0 * ways..<($0 + 1) * ways]) })
  }

  /// Σ over shown episodes of a context's numbers times what is generated for them.
  func weights(_ context: [Float], task: Int?) -> [ProbeResult.Weights]? {
    guard context.count == model.shown.count else { return nil }
    return zip(model.target.tensors, generation.weights).map { specification, tensor in
      let all = generating.value(tensor)
      let size = specification.shape.count
      var mixed = [Float](repeating: 0, count: size)
      for (episode, share) in context.enumerated() where share != 0 {
        for i in 0..<size { mixed[i] += share * all[episode * size + i] }
      }
      return ProbeResult.Weights(specification: specification, values: mixed)
    }
  }

  private func behaviour(_ reference: Int) -> Behaviour.Episode {
    let (number, split) = model.family.place(of: model.shown[reference])
    let episodes = model.family.episodes
    let (ways, pixels) = (model.family.outputCount, model.family.inputCount)
    let outputs = answerer.value(answering.outputs)
    let x = answerer.input("x")
    let queries = (0..<model.family.evaluationCount).map { query in
      Behaviour.Images.Example(
        pixels: Array(x[query * pixels..<(query + 1) * pixels]),
        label: (0..<ways).first { labels[query * ways + $0] == 1 } ?? 0,
        probabilities: softmax(outputs[query * ways..<(query + 1) * ways]))
    }
    let support = generating.input("support.x").part(reference, of: model.shown.count)
    return Behaviour.Episode(
      side: Glyphs.side, script: episodes.script(number, split),
      isTested: split == .test,
      classNames: episodes.withCharacters(number, split) { characters in
        characters.map { episodes.glyphs.characters[$0].name }
      },
      // Example i is of class i mod N.
      support: (0..<model.shots).map {
        Behaviour.Episode.Support(
          pixels: Array(support[$0 * pixels..<($0 + 1) * pixels]), label: $0 % ways)
      }, queries: queries)
  }
}
