import CAllocations
import Learning
import Testing
import Training

struct RunTests {
  private static let settings: [(String, [String: String])] = [
    ("sine-family", ["tasks-per-step": "5"]), ("digit-views", [:]), ("three-polynomials", [:]),
    ("non-iid-digits", ["lost": "0.2", "stragglers": "0.2", "local-steps": "3"]),
  ]

  // MARK: Going back

  @Test(arguments: settings)
  func rewindingGivesTheFirstBitsAgain(name: String, settings: [String: String]) throws {
    let run = try smallRun(name, seed: 7, settings)
    let start = run.state
    train(run, to: 60)
    let end = run.state
    #expect(bits(run) != start.values.map(\.bitPattern))
    // From the middle of a step, too.
    _ = run.advancePhase()
    run.rewind()
    #expect(run.state == start)
    #expect(!run.isMidStep)
    train(run, to: 60)
    #expect(run.state == end)
  }

  @Test func anotherSeedIsAnotherRun() throws {
    let run = try smallRun(seed: 1)
    let first = run.state
    train(run, to: 10)
    run.rewind(seed: 2)
    let second = try smallRun(seed: 2)
    #expect(run.seed == 2)
    #expect(run.state == second.state)
    #expect(run.state != first)
    // Its data are of the new seed as well.
    #expect(run.advance() == second.advance())
  }

  @Test func anEarlierStateIsGoneBackToWithEverythingInIt() throws {
    let run = try smallRun()
    train(run, to: 57)
    let middle = run.state
    train(run, to: 130)
    let end = run.state
    run.state = middle
    #expect(run.step == 57)
    #expect(run.state == middle)
    train(run, to: 130)
    #expect(run.state == end)
  }

  // MARK: Knobs

  @Test func aLiveKnobChangesTheRunAndKeepsItsNumbers() throws {
    let (run, other) = (try smallRun(), try smallRun())
    for run in [run, other] { train(run, to: 20) }
    let before = run.state
    let plans = weft_allocations_of_thread()
    #expect(try !run.set("rate", to: .real(0)))
    // A plan takes thousands of them.
    #expect(weft_allocations_of_thread() - plans < 20)
    #expect(run.state == before)
    run.advance()
    other.advance()
    // A step of size 0 moves no parameter; the optimiser's numbers go on.
    let plain = try PlainHypernetwork(run)
    #expect(run.state.values != before.values)
    run.state = before
    #expect(try PlainHypernetwork(run).embeddings == plain.embeddings)
    #expect(try PlainHypernetwork(run).embeddings != PlainHypernetwork(other).embeddings)
    // Turned back in time, it leaves no trace.
    #expect(try !run.set("rate", to: .real(0.01)))
    run.advance()
    #expect(run.state == other.state)
  }

  @Test func aRebuildingKnobStartsOverWithOtherNetworks() throws {
    let run = try smallRun(seed: 3)
    train(run, to: 60)
    #expect(try run.set("target-widths", to: .widths([5, 4])))
    let fresh = try smallRun(seed: 3, ["target-widths": "5-4"])
    #expect(run.knobs == fresh.knobs)
    #expect(run.step == 0)
    #expect(run.description.tensors == fresh.description.tensors)
    #expect(run.description.parameterCount == fresh.description.parameterCount)
    for run in [run, fresh] { train(run, to: 60) }
    #expect(run.state == fresh.state)
  }

  @Test func aWrongKnobOrValueChangesNothing() throws {
    let run = try smallRun()
    train(run, to: 5)
    let (before, knobs, changes) = (run.state, run.knobs, run.changes)
    for (name, value, word) in [
      ("rat", .real(0.1), "'rat'"), ("rate", .real(2), "from 0 to 1"),
      ("rate", .integer(1), "from 0 to 1"), ("target-widths", .widths([]), "widths"),
    ] as [(String, KnobValue, String)] {
      let error = #expect(throws: KnobError.self) { try run.set(name, to: value) }
      #expect(error?.description.contains(word) == true, "\(name): \(error?.description ?? "")")
    }
    // The value it has already.
    #expect(try !run.set("target-widths", to: .widths([8])))
    #expect(run.state == before)
    #expect(run.knobs == knobs)
    #expect(run.changes == changes)
  }

  // MARK: Steps

  @Test(arguments: settings)
  func aStepIsItsPhasesInOrder(name: String, settings: [String: String]) throws {
    let (run, whole) = (try smallRun(name, settings), try smallRun(name, settings))
    // Where a step takes every task's embedding there is none to look up.
    let names =
      (name == "digit-views" ? [] : ["embed"])
      + ["generate", name == "non-iid-digits" ? "local" : "forward", "loss", "gradient", "update"]
    try #require(run.description.phases == names)
    for _ in 0..<3 {
      let before = bits(run)
      for (index, phase) in names.enumerated() {
        #expect(bits(run) == before, "only the update changes numbers, not \(phase)")
        let done = run.advancePhase()
        #expect(done.name == phase)
        #expect(done.complete == (index == names.count - 1))
        #expect(run.isMidStep != done.complete)
      }
      whole.advance()
      #expect(run.state == whole.state)
    }
  }

  @Test(arguments: settings)
  func aStepAllocatesNothing(name: String, settings: [String: String]) throws {
    let run = try smallRun(name, settings)
    var watch = FailureWatch()
    // The curve of losses has room for the steps below by then.
    for _ in 0..<1100 { run.advance() }
    let before = weft_allocations_of_thread()
    for _ in 0..<300 {
      let loss = run.advance()
      if watch.failure(of: run, loss: loss) != nil { break }
    }
    #expect(weft_allocations_of_thread() == before)
    #expect(run.step == 1400)
  }

  @Test(arguments: [
    ("sine-family", ["hyper-widths": "64-32", "target-widths": "40-40", "examples": "32"]),
    ("digit-views", ["hyper-widths": "64-12", "target-widths": "32", "examples": "16"]),
    ("three-polynomials", ["hyper-widths": "100-50", "examples": "200"]),
    ("non-iid-digits", ["hyper-widths": "64-32", "local-steps": "5", "last-layer": "personal"]),
  ])
  func threadsDoNotChangeABit(name: String, settings: [String: String]) throws {
    let alone = try smallRun(name, seed: 5, threads: 1, settings)
    let together = try smallRun(name, seed: 5, threads: 2, settings)
    for run in [alone, together] {
      for _ in 0..<12 { run.advance() }
      run.evaluate()
    }
    #expect(bits(alone) == bits(together))
    #expect(alone.state == together.state)
  }

  @Test func aRunGoesOnWithATurnedKnobAndMoreThreads() throws {
    let scratch = try Scratch()
    let (run, other) = (try smallRun(seed: 4), try smallRun(seed: 4))
    for run in [run, other] {
      train(run, to: 30)
      _ = try run.set("noise", to: .real(0.7))
      train(run, to: 61)
    }
    try SessionFile.write(run, to: scratch.file("a.json"))
    let reopened = try SessionFile.open(scratch.file("a.json"), threads: 2)
    #expect(reopened.threads == 2)
    for run in [reopened, other] { train(run, to: 110) }
    #expect(reopened.state == other.state)
  }
}
