import Autodiff
import Foundation
import Learning
import LearningTesting
import Testing

/// Recurrent networks; that the cells compute what PyTorch does is tested by `weft bench --parity`.
struct RecurrentTests {
  private func model(_ settings: [String: String] = [:]) throws -> CharacterModel {
    let experiment = CharacterLanguage()
    var knobs = KnobValues(experiment.knobs)
    for (name, value) in [
      ("hidden", "16"), ("hyper", "6"), ("embedding", "8"), ("sequences", "3"), ("length", "10"),
      ("scales", "2"),
    ] { try knobs.set(name, to: value) }
    for (name, value) in settings { try knobs.set(name, to: value) }
    return try #require(try experiment.model(knobs) as? CharacterModel)
  }

  private func variables(_ model: CharacterModel, seed: UInt64 = 1) -> Variables {
    let variables = Variables(model.variables.map { ($0.name, $0.shape) })
    model.initialize(variables, seed: seed)
    return variables
  }

  @Test(arguments: ["all", "lstm", "alone"])
  func rivalsHaveAsManyParameters(models: String) throws {
    let model = try model([
      "models": models, "hidden": "128", "hyper": "32", "embedding": "64", "scales": "4",
    ])
    #expect(model.networks.count == ["all": 3, "lstm": 2, "alone": 1][models])
    let own = Float(model.hyper.parameterCount)
    for rival in model.rivals {
      #expect(abs(Float(rival.parameterCount) / own - 1) < 0.03, "\(rival.name)")
    }
  }

  /// Reading in two stretches, the state carried over, is reading in one.
  @Test(arguments: ["on", "off"])
  func aStateIsCarriedAcrossABoundary(norm: String) throws {
    let model = try model(["layer-norm": norm])
    let variables = variables(model)
    for network in model.networks {
      let whole = model.readingProgram(network, rows: 2, length: 14)
      let part = model.readingProgram(network, rows: 2, length: 7)
      let one = Plan(whole.graph, outputs: [whole.bits], variables: variables)
      let two = Plan(part.graph, outputs: [part.bits] + part.after, variables: variables)
      for name in whole.before { one.input(name).update(repeating: 0) }
      for name in part.before { two.input(name).update(repeating: 0) }
      let text = (0..<30).map { Float(($0 * $0 + 3) % 20) }
      _ = one.input("tokens").update(fromContentsOf: text)
      one.run()
      var bits: [Float] = []
      for half in 0..<2 {
        _ = two.input("tokens").update(fromContentsOf: text[(half * 14)..<(half * 14 + 16)])
        two.run()
        bits += two.value(part.bits)
        for (name, after) in zip(part.before, part.after) {
          _ = two.input(name).update(fromContentsOf: two.value(after))
        }
      }
      for (a, b) in zip(bits, one.value(whole.bits)) {
        #expect(abs(a - b) < 1e-5, "\(network.name)")
      }
    }
  }

  /// The state a step of training leaves is the one that reading the same characters leaves, and the
  /// next step begins with it.
  @Test func trainingCarriesTheState() throws {
    let model = try model()
    let variables = variables(model)
    let program = model.trainingProgram()
    let plan = Plan(program.graph, outputs: [program.loss], variables: variables)
    let feed = program.feed(plan)
    var knobs = KnobValues(CharacterLanguage().knobs)
    try knobs.set("rate", to: "0")
    try knobs.set("dropout", to: "0")
    feed.apply(knobs, seed: 1)

    let reading = model.readingProgram(model.hyper, rows: 3, length: 20)
    let reader = Plan(reading.graph, outputs: [reading.bits] + reading.after, variables: variables)
    for name in reading.before { reader.input(name).update(repeating: 0) }
    let stretch = model.corpus.range(of: .training).count / 3
    for row in 0..<3 {
      model.corpus.read(
        from: row * stretch, into: reader.input("tokens"), first: row, stride: 3)
    }
    reader.run()
    var loss: Float = 0
    for step in 0..<2 {
      feed.write(step: step)
      plan.run()
      loss += plan.value(program.loss)[0] / 2
    }
    let wanted = reader.value(reading.bits).reduce(0, +) / 60
    #expect(abs(loss - wanted) < 1e-4)
    for (specification, after) in zip(model.hyper.state(sequences: 3), reading.after) {
      for (a, b) in zip(variables[specification.name], reader.value(after)) {
        #expect(abs(a - b) < 1e-4)
      }
    }
  }

  /// The numbers of a gate's context are drawn apart: equal ones would have equal gradients for ever.
  @Test func contextsAreNotAllAlike() throws {
    let model = try model(["scales": "4"])
    let variables = variables(model)
    let columns = model.hyperCell.contextCount
    let z = variables["hyperlstm.z"]
    #expect(z[0] != z[1])
    #expect(z.count == 6 * columns)
  }

  @Test func recurrenceBeginsOrthogonal() throws {
    let model = try model()
    let (hidden, width) = (16, 64)
    let wh = variables(model)["hyperlstm.wh"]
    for gate in 0..<4 {
      for a in 0..<hidden {
        for b in 0..<hidden {
          let product = (0..<hidden).reduce(Float(0)) {
            $0 + wh[$1 * width + gate * hidden + a] * wh[$1 * width + gate * hidden + b]
          }
          #expect(abs(product - (a == b ? 1 : 0)) < 1e-5)
        }
      }
    }
  }

  /// Of every sequence's own context, the mean or another's: the programs differ as they say.
  @Test func aHeldContextTakesThePlaceOfTheOwn() throws {
    let model = try model()
    let variables = variables(model)
    let program = model.readingProgram(model.hyper, rows: 2, length: 3, contexts: .held)
    let plan = Plan(
      program.graph, outputs: [try #require(program.contexts)], variables: variables)
    for name in program.before { plan.input(name).update(repeating: 0) }
    let context = (0..<model.hyperCell.contextCount).map { Float($0) / 10 }
    _ = plan.input("context").update(fromContentsOf: context)
    plan.input("tokens").update(repeating: 1)
    plan.run()
    let contexts = Array(plan.value(try #require(program.contexts)))
    #expect(contexts == Array((0..<6).map { _ in context }.joined()))
  }

  @Test func tooShortATextIsRefused() throws {
    let error = #expect(throws: KnobError.self) {
      var knobs = KnobValues(CharacterLanguage().knobs)
      let path = NSTemporaryDirectory() + "weft-\(UUID().uuidString).txt"
      try Data(String(repeating: "abc ", count: 1000).utf8).write(to: URL(fileURLWithPath: path))
      defer { try? FileManager.default.removeItem(atPath: path) }
      try knobs.set("data", to: path)
      _ = try CharacterLanguage().model(knobs)
    }
    #expect(error?.description.contains("too few for 64 sequences of 100") == true)
    #expect(error?.isOfData == true)
  }
}
