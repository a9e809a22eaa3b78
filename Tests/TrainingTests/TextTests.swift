import Foundation
import Learning
import Testing
import Training

/// A run of `char-lm` from its text to what it says.
struct TextTests {
  private func run(seed: UInt64 = 3, threads: Int = 1, models: String = "lstm") throws -> Run {
    let experiment = CharacterLanguage()
    var knobs = KnobValues(experiment.knobs)
    for (name, value) in [
      ("models", models), ("hidden", "24"), ("hyper", "8"), ("embedding", "12"),
      ("sequences", "8"), ("length", "20"), ("scales", "2"),
    ] { try knobs.set(name, to: value) }
    return try Run(experiment, knobs: knobs, seed: seed, threads: threads)
  }

  private func said(_ run: Run, _ count: Int = 200, held: [Float]? = nil) -> String {
    var text = ""
    #expect(
      run.speak(count, prompt: "In the", temperature: 0.8, seed: 5, held: held) { text.append($0) })
    return text
  }

  @Test func everyNetworkLearnsAndHasItsCurves() throws {
    let run = try run()
    train(run, to: 300)
    let series = run.description.series
    #expect(series == ["train", "validation", "lstm train", "lstm validation"])
    for (name, buckets) in zip(series, run.history.series) {
      let filled = buckets.filter { $0.count > 0 }
      let (first, last) = (try #require(filled.first), try #require(filled.last))
      #expect(last.mean < first.mean - 0.3, "\(name)")
      #expect(last.mean > 1)
    }
    // Every character that is shown has a context of its own.
    let contexts = run.statuses.compactMap(\.context)
    #expect(contexts.count == run.description.tasks.count)
    #expect(contexts.allSatisfy { $0.count == run.description.contextCount })
    #expect(contexts[0] != contexts[1])
  }

  /// A context that is another sequence's is worse, when there is something to know.
  @Test func finalMetricsNameEveryNetwork() throws {
    let run = try run()
    train(run, to: 50)
    let metrics = run.finalMetrics()
    #expect(
      metrics.map(\.name) == [
        "hyperlstm_validation_bits", "hyperlstm_test_bits", "hyperlstm_parameters",
        "lstm_validation_bits", "lstm_test_bits", "lstm_parameters", "shuffled_test_bits",
        "mean_context_test_bits", "context_gain",
      ])
    let values = Dictionary(uniqueKeysWithValues: metrics.map { ($0.name, $0.value) })
    #expect(values["hyperlstm_validation_bits"] == run.validationLoss)
    #expect(values["lstm_validation_bits"] == run.history.series[3].last?.mean)
  }

  @Test func aSessionGoesOnToTheSameBitsAndText() throws {
    let scratch = try Scratch()
    let first = try run()
    train(first, to: 60)
    try SessionFile.write(first, to: scratch.file("s.json"))
    let opened = try SessionFile.open(scratch.file("s.json"), threads: 1)
    #expect(opened.state == first.state)
    #expect(said(opened) == said(first))
    for run in [first, opened] { train(run, to: 130) }
    #expect(bits(opened) == bits(first))
    #expect(said(opened) == said(first))
    first.rewind()
    train(first, to: 130)
    #expect(bits(opened) == bits(first))
  }

  @Test func twoThreadsGiveTheSameBits() throws {
    let (one, two) = (try run(), try run(threads: 2))
    for run in [one, two] { train(run, to: 20) }
    #expect(bits(one) == bits(two))
  }

  @Test func aHeldContextChangesWhatIsSaid() throws {
    let run = try run()
    train(run, to: 200)
    let own = said(run)
    let contexts = run.statuses.compactMap(\.context)
    #expect(said(run, held: contexts[0]) != own)
    #expect(said(run, held: contexts[0]) == said(run, held: contexts[0]))
    #expect(said(run, held: contexts[0]) != said(run, held: contexts[0].map { -$0 }))
  }

  // MARK: The probe

  private func ask(
    _ snapshot: Snapshot, spoken: Int = 0, held: [Float]? = nil
  ) throws -> (ProbeResult, Behaviour.Text) {
    let prober = Prober {}
    let answer = try answer(prober, snapshot, spoken: spoken, held: held)
    return answer
  }

  private func answer(
    _ prober: Prober, _ snapshot: Snapshot, spoken: Int, held: [Float]? = nil
  ) throws -> (ProbeResult, Behaviour.Text) {
    let zeros = [Float](repeating: 0, count: snapshot.description.contextCount)
    prober.ask(
      ContextQuestion(
        context: held ?? zeros, reference: nil, snapshot: snapshot, isHeld: held != nil,
        spoken: spoken))
    prober.finish()
    let result = try #require(prober.latest)
    guard case .text(let text) = result.behaviour else {
      throw KnobError("no text")
    }
    return (result, text)
  }

  private func snapshot(_ run: sending Run) throws -> Snapshot {
    let trainer = SteppedTrainer(run, saving: Saving(path: nil, autosavePath: nil))
    return try #require(trainer.latest)
  }

  @Test func theProbeSaysWhatTheRunSays() throws {
    let run = try run()
    train(run, to: 60)
    var wanted = ""
    _ = run.speak(
      240, prompt: run.knobs.text("prompt"), temperature: run.knobs.real("temperature"),
      seed: run.seed
    ) { wanted.append($0) }
    let prompt = run.knobs.text("prompt")
    let (_, text) = try ask(try snapshot(run))
    #expect(String(text.characters.map(\.character)) == prompt + wanted)
    #expect(text.characters.count { $0.isPrompt } == prompt.count)
    // Weights move with every character, but for the first there is none before.
    #expect(text.characters[0].heat == .zero)
    #expect(text.characters.dropFirst().allSatisfy { $0.heat.min() > 0 })
    #expect(text.characters.dropFirst().allSatisfy { ($0.bits ?? -1) > 0 })
  }

  @Test func speechGoesOnWhereItWas() throws {
    let run = try run()
    train(run, to: 30)
    let snapshot = try snapshot(run)
    let prober = Prober {}
    let (_, first) = try answer(prober, snapshot, spoken: 0)
    let (_, second) = try answer(prober, snapshot, spoken: 20)
    let (a, b) = (first.characters.map(\.character), second.characters.map(\.character))
    #expect(b.count == a.count + 20)
    #expect(Array(b.prefix(a.count)) == a)
    // Whoever asks late hears it from its beginning.
    let (_, late) = try ask(snapshot, spoken: 5000)
    #expect(late.characters.map(\.character) == a)
  }

  @Test func weightsAreTheScaledOnesOfTheContext() throws {
    let run = try run(models: "alone")
    train(run, to: 10)
    let snapshot = try snapshot(run)
    let zeros = [Float](repeating: 0, count: snapshot.description.contextCount)
    let (none, _) = try ask(snapshot, held: zeros)
    // Scales of 0 leave nothing of the weights, and the bias that is not generated.
    #expect(none.weights.prefix(8).allSatisfy { $0.values.allSatisfy { $0 == 0 } })
    let parameters = snapshot.parameters
    #expect(none.weights[8].values == Array(try #require(parameters["hyperlstm.b0"]).prefix(24)))
    // A scale is linear in its context.
    var one = zeros
    one[0] = 1
    var two = zeros
    two[0] = 2
    let (single, double) = (try ask(snapshot, held: one).0, try ask(snapshot, held: two).0)
    #expect(single.weights[0].values.map { 2 * $0 } == double.weights[0].values)
    let wh = try #require(parameters["hyperlstm.wh"])
    let d = try #require(parameters["hyperlstm.d"])
    #expect(
      abs(single.weights[0].values[5] - wh[wh.startIndex + 5] * d[d.startIndex + 5]) < 1e-6)
  }

  // MARK: The examiner

  @Test func theExaminerReadsWhatTheRunReads() throws {
    let run = try run(models: "alone")
    train(run, to: 300)
    let validation = try #require(run.validationLoss)
    let contexts = run.statuses.compactMap(\.context)
    let snapshot = try snapshot(run)
    let examiner = Examiner {}
    examiner.ask(ContextQuestion(context: contexts[0], reference: nil, snapshot: snapshot))
    examiner.finish()
    let found = try #require(examiner.latest)
    // Of a part of what the run was measured on.
    #expect(abs(found.conditioning.losses.own / Double(validation) - 1) < 0.1)
    #expect(found.conditioning.taskCount == contexts.count)
    #expect((0.001...0.999).contains(found.conditioning.varianceShare))
    #expect(found.autopsy.tensors.map(\.name) == snapshot.description.tensors.map(\.name))

    // The Jacobian's squared norm is the sum of its singular values' squares: by differences.
    let zeros = [Float](repeating: 0, count: contexts[0].count)
    let none = try ask(snapshot, held: zeros).0.weights
    var sum = 0.0
    for index in zeros.indices {
      var unit = zeros
      unit[index] = 1
      for (a, b) in zip(try ask(snapshot, held: unit).0.weights, none) {
        for (x, y) in zip(a.values, b.values) { sum += Double((x - y) * (x - y)) }
      }
    }
    let squares = found.conditioning.singularValues.reduce(0) { $0 + $1 * $1 }
    #expect(abs(squares / sum - 1) < 1e-3)
    #expect(found.conditioning.singularValues.count == zeros.count)
  }
}
