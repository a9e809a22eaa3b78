import Learning
import Terminal
import Testing
import Training
import Workbench

/// Numbers for tests: the same every time.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

struct UpdatePropertyTests {
  /// Whatever comes, in whatever order, about runs of whatever shape, on terminals of whatever size:
  /// no trap, and a model that can be drawn.
  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func anyMessageInAnyOrderLeavesASoundModel(seed: UInt64) {
    var random = SplitMix(state: seed)
    var run = SampleRun()
    var model = run.model()
    var now = 0.0
    let keys = CommandTable.rows.flatMap(\.keys)
    for count in 0..<25_000 {
      now += Double.random(in: 0...0.3, using: &random)
      let message = self.message(&run, keys, model, &random)
      let requests = model.update(message, now: now)
      for case .train(let command) in requests { check(command) }
      if let problem = problem(in: model) {
        Issue.record("seed \(seed), message \(count), \(message): \(problem)")
        return
      }
      if count % 50 == 0 {
        let buffer = CellBuffer(model.size)
        Screen.render(model, on: buffer.canvas)
      }
    }
  }

  private func message(
    _ run: inout SampleRun, _ keys: [Key], _ model: Model, _ random: inout SplitMix
  ) -> Message {
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<70: return .key(keys.randomElement(using: &random) ?? Key(.enter))
    case 70..<76:
      let digits = Array("0123456789.-eE/naif ".unicodeScalars)
      return .key(.character(digits.randomElement(using: &random) ?? "0"))
    case 76..<79:
      let row = CommandTable.rows.randomElement(using: &random)
      let words = [
        "", "1", "-3", "s1", "h1", "rate 0.1", "contexts 4", "csv", "md", "svg", "paper", "full",
        "seeds=1",
      ]
      return .line("\(row?.name ?? "") \(words.randomElement(using: &random) ?? "")")
    case 79..<82: return .time
    case 82..<84:
      return .resize(
        Size(Int.random(in: -1...300, using: &random), Int.random(in: -1...100, using: &random)))
    case 84..<87:
      let action: [Mouse.Action] = [.press, .drag, .release, .wheelUp, .wheelDown]
      return .mouse(
        Mouse(
          action.randomElement(using: &random) ?? .press,
          x: Int.random(in: -5...300, using: &random),
          y: Int.random(in: -5...100, using: &random)))
    case 87..<92:
      return .probe(run.probe(context: model.context, images: Bool.random(using: &random)))
    case 92..<93:
      change(&run, &random)
      return .opened(run.snapshot)
    case 93..<94: return .sessions([])
    case 94..<95:
      switch Int.random(in: 0..<4, using: &random) {
      case 0: return .failure("something")
      case 1: return .noRace("something")
      case 2:
        return .raceOpened(
          RaceFixture.race(methods: Int.random(in: 0...14, using: &random)),
          isFromFile: Bool.random(using: &random))
      default: return .race(RaceFixture.race(methods: Int.random(in: 0...14, using: &random)))
      }
    default:
      change(&run, &random)
      return .snapshot(run.snapshot)
    }
  }

  private func change(_ run: inout SampleRun, _ random: inout SplitMix) {
    run.revision += 1
    switch Int.random(in: 0..<9, using: &random) {
    case 0: run.contextCount = Int.random(in: 1...6, using: &random)
    case 1: run.trainingTasks = Int.random(in: 0...5, using: &random)
    case 2: run.heldOutTasks = Int.random(in: 0...2, using: &random)
    case 3:
      run.widths = (0..<Int.random(in: 2...4, using: &random)).map { _ in
        Int.random(in: 1...6, using: &random)
      }
    case 4: run.step = 0
    case 5:
      run.fitted = (0..<run.contextCount).map { _ in Float.random(in: -2...2, using: &random) }
    case 6:
      run.state =
        [
          .paused, .running,
          .failed(.init(sentence: "loss is nan", tensor: "loss", step: 3, lastGoodStep: nil)),
        ].randomElement(using: &random) ?? .paused
    case 7: run.shift = [0, 1, .nan, .infinity].randomElement(using: &random) ?? 0
    default: run.step += Int.random(in: 0...5000, using: &random)
    }
    run.notice = .init(number: run.revision, text: "notice \(run.revision)")
    if run.fitted.map({ $0.count != run.contextCount }) ?? false { run.fitted = nil }
  }

  private func check(_ command: Command) {
    switch command {
    case .set(_, .real(let value)): #expect(value.isFinite)
    case .write(_, let index, let value): #expect(index >= 0 && value.isFinite)
    default: break
    }
  }

  /// What is wrong with a model, if anything is.
  private func problem(in model: Model) -> String? {
    let description = model.snapshot.description
    func inside(_ value: Int, _ count: Int) -> Bool { value == 0 || (0..<count).contains(value) }
    if model.context.count != description.contextCount { return "context length" }
    if let a = model.anchors.a, a.count != model.context.count { return "anchor A" }
    if let b = model.anchors.b, b.count != model.context.count { return "anchor B" }
    if let pin = model.pin, pin.weights.map(\.specification) != description.tensors { return "pin" }
    if let probe = model.probe, probe.weights.map(\.specification) != description.tensors {
      return "probe"
    }
    if !inside(model.tasks.cursor, description.tasks.count) { return "task cursor" }
    if !inside(model.knobs.cursor, model.snapshot.knobs.knobs.count) { return "knob cursor" }
    if !inside(model.weights.tensor, description.tensors.count) { return "tensor" }
    let grid = TensorGrid(description.tensors[model.weights.tensor])
    if !inside(model.weights.row, grid.rows) || !inside(model.weights.column, grid.columns) {
      return "weight cursor"
    }
    if !inside(model.scrubber.cursor, model.context.count + 1) { return "scrubber" }
    if !inside(model.space.horizontal, model.context.count)
      || !inside(model.space.vertical, model.context.count)
    {
      return "axes"
    }
    if let task = model.reference, !description.tasks.indices.contains(task) { return "reference" }
    if let task = model.followed, !description.tasks.indices.contains(task) { return "followed" }
    if !inside(model.loss.series, description.series.count) { return "series" }
    if let range = model.loss.range,
      range.lowerBound < 0 || range.upperBound > max(model.snapshot.step, 1)
    {
      return "range"
    }
    if let step = model.loss.crosshair, !(0...model.snapshot.step).contains(step) {
      return "crosshair"
    }
    if !inside(model.comparison.cursor, model.comparison.rows.count) { return "method cursor" }
    if model.focus == .compare, model.comparison.race == nil, !model.comparison.isPreparing {
      return "a race that is not there"
    }
    if let due = model.changesAt, due < model.now { return "a time that has gone by" }
    return nil
  }
}
