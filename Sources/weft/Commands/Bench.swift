import ArgumentParser
import Foundation
import Learning
import Terminal
import Training
import Workloads

/// `weft bench`: how long a training step takes, measured as the peers measure theirs.
package struct Bench: ParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Time the training steps of a workload.",
    discussion: """
      Workloads: \(Workloads.names.joined(separator: ", ")). After a warm-up, blocks of at least \
      20 ms of consecutive steps are timed, pinned to as many cores as threads; "median" and \
      "fastest" are over blocks, "peak" is the most memory the process had in use. With --json \
      there is one object a line. --parity writes down one step, with its gradients, instead of \
      timing any; Benchmarks/parity.py computes it again.

      'weft show WORKLOAD' lists the sizes that --set takes.

      'weft bench planning' times the planning of graphs of 1000, 10 000 and 100 000 nodes (an \
      unrolled LSTM with its backward pass and Adam) and of the training step of every experiment, \
      or of one graph of as many nodes as --set nodes=N says.
      """)

  @Argument(
    help: ArgumentHelp(
      "A workload, all of them, or planning.", valueName: "workload|all|planning"),
    completion: .list(names))
  package var workload: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Threads, and cores, to run on (default: 1).", valueName: "n"),
    transform: OptionValue.threads)
  package var threads: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How long to time each workload (default: 5).", valueName: "seconds"),
    transform: OptionValue.benchSeconds)
  package var seconds: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Seed of the parameters and the batch (default: 0).", valueName: "number"),
    transform: OptionValue.seed)
  package var seed: UInt64?

  @Option(
    name: .customLong("set"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Set a size of the workload; may be repeated.", valueName: "size=value"))
  package var settings: [String] = []

  @Option(
    help: ArgumentHelp("Write the first step to a safetensors file.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  package var parity: String?

  @Flag(help: "Show the plan of a step, and where its time goes, instead of timing it as a whole.")
  package var plan = false

  @Flag(help: "As JSON, one object a line.")
  package var json = false

  @Flag(help: "Time once for every line of standard input, until it ends, instead of once.")
  package var turns = false

  package init() {}

  /// Throws where options were given that nothing would be made of.
  package func validate() throws {
    let given: [(option: String, isGiven: Bool)] = [
      ("--plan", plan), ("--parity", parity != nil), ("--json", json), ("--turns", turns),
      ("--seconds", seconds != nil), ("--seed", seed != nil),
    ]
    func refuse(_ options: [String], with what: String) throws {
      guard let option = given.first(where: { $0.isGiven && options.contains($0.option) })?.option
      else { return }
      throw Failure(.usage, "\(what), so \(option) means nothing there; leave one of them out")
    }
    if workload == Planning.name {
      guard !plan, parity == nil else {
        throw Failure(
          .usage,
          "\(plan ? "--plan" : "--parity") is for the steps of a workload, and planning trains none; "
            + "name a workload")
      }
      try refuse(
        ["--turns", "--seconds", "--seed"], with: "'bench planning' plans each graph once")
    } else if plan {
      try refuse(["--parity", "--json", "--turns"], with: "--plan shows a plan as text")
    } else if parity != nil {
      try refuse(["--json", "--turns", "--seconds"], with: "--parity writes one step to a file")
    }
  }

  private var threadCount: Int { threads ?? 1 }

  package func run() throws {
    guard threadCount <= Machine.cores else {
      throw Failure(
        .usage,
        "--threads \(threadCount) is more than the \(Machine.cores) cores this process may use; "
          + "ask for fewer")
    }
    if workload == Planning.name { return try tabulatePlanning() }
    let chosen = try chosen()
    if let parity { return try write(chosen, to: parity) }
    if plan {
      for (workload, sizes) in chosen { try show(workload, sizes) }
      return
    }
    // Sizes that cannot be are told before there is a table.
    var hasTitles = json
    for (workload, sizes) in chosen {
      do {
        try workload.timed(sizes: sizes, seed: seed ?? 0, threads: threadCount) { timer in
          if !hasTitles { try Output.write(row(Bench.titles)) }
          hasTitles = true
          repeat {
            if turns, readLine() == nil { return }
            let result = timer.measure(seconds: seconds ?? 5)
            try Output.write(json ? "\(json(result))\n" : row(cells(result)))
          } while turns
        }
      } catch let error as KnobError {
        throw Failure(error)
      } catch let failure as Failure {
        throw failure
      } catch {
        throw Failure(.failed, "\(workload.name) cannot be timed: \(error.localizedDescription)")
      }
    }
  }

  /// The workloads asked for, each in the sizes asked for.
  private func chosen() throws(Failure) -> [(Workload, KnobValues)] {
    var chosen: [(Workload, KnobValues)] = []
    for workload in try named() { chosen.append((workload, try sizes(of: workload))) }
    return chosen
  }

  private func sizes(of workload: Workload) throws(Failure) -> KnobValues {
    var sizes = KnobValues(workload.sizes)
    for (knob, value) in try RunOptions.values(
      settings, of: workload.name, workload.sizes, called: "size")
    {
      sizes[knob.name] = value
    }
    return sizes
  }

  private func show(_ workload: Workload, _ sizes: KnobValues) throws(Failure) {
    let profile: PlanProfile
    do throws(KnobError) {
      profile = try workload.profile(
        sizes: sizes, seed: seed ?? 0, threads: threadCount, seconds: seconds ?? 5)
    } catch { throw Failure(error) }
    try Output.write(PlanText(profile).text)
  }

  private func write(
    _ chosen: [(workload: Workload, sizes: KnobValues)], to path: String
  ) throws(Failure) {
    guard chosen.count == 1 else {
      throw Failure(.usage, "--parity writes down one workload; name it instead of 'all'")
    }
    try FileKind.check(output: path, for: "--parity")
    let record: ParityRecord
    do throws(KnobError) {
      record = try chosen[0].workload.parity(
        sizes: chosen[0].sizes, seed: seed ?? 0, threads: threadCount)
    } catch { throw Failure(error) }
    do throws(SessionError) {
      try Files.write(
        Safetensors.file(record.tensors, metadata: record.metadata), to: path)
    } catch { throw Failure(.failed, error.description) }
  }

  /// Building and planning graphs of several sizes, and those of the experiments.
  private func tabulatePlanning() throws(Failure) {
    let wanted = try RunOptions.values(
      settings, of: Planning.name, [Planning.nodes], called: "size"
    ).map(\.1)
    let sizes = wanted.compactMap { if case .integer(let nodes) = $0 { nodes } else { nil } }
    func write(_ record: Planning.Record) throws(Failure) {
      try Output.write(json ? "\(json(record))\n" : row(Bench.cells(record)))
    }
    if !json { try Output.write(row(Bench.planningTitles)) }
    for nodes in sizes.isEmpty ? Planning.table : sizes {
      try write(Planning.measure(nodes: nodes, threads: threadCount))
    }
    guard sizes.isEmpty else { return }
    for experiment in Experiments.all {
      let record: Planning.Record
      do throws(KnobError) {
        record = try Planning.measure(experiment, threads: threadCount)
      } catch { throw Failure(error) }
      try write(record)
    }
  }

  private static let planningTitles = [
    "graph", "nodes", "plan steps", "building ms", "planning ms", "µs a node", "arena KiB",
  ]

  private static func cells(_ record: Planning.Record) -> [String] {
    [
      record.name, "\(record.nodes)", "\(record.steps)",
      Numbers.fixed(record.buildingSeconds * 1000, 1),
      Numbers.fixed(record.planningSeconds * 1000, 1),
      Numbers.fixed(record.microsecondsPerNode, 2), "\(record.arenaBytes / 1024)",
    ]
  }

  private func json(_ record: Planning.Record) -> JSON {
    let length = record.length.map { [("time_steps", JSON.integer($0))] } ?? []
    return .object(
      [("graph", .string(record.name)), ("nodes", .integer(record.nodes))] + length + [
        ("threads", .integer(threadCount)), ("plan_steps", .integer(record.steps)),
        ("building_ms", .double(record.buildingSeconds * 1000)),
        ("planning_ms", .double(record.planningSeconds * 1000)),
        ("arena_bytes", .integer(record.arenaBytes)),
      ])
  }

  private static let names = Workloads.names + ["all", Planning.name]

  private func named() throws(Failure) -> [Workload] {
    if workload == "all" { return Workloads.all }
    guard let named = Workloads.named(workload) else {
      throw Failure(
        .usage,
        "there is no workload '\(workload)'"
          + (Nearest.suggestion(for: workload, among: Bench.names).nonEmpty
            ?? "; there are \(Workloads.names.joined(separator: ", ")), all, and planning"))
    }
    return [named]
  }

  /// The keys of the peers' results, and ours after them.
  private func json(_ result: BenchmarkResult) -> JSON {
    .object([
      ("peer", .string(result.peer)), ("workload", .string(result.workload)),
      ("threads", .integer(result.threads)), ("threads_used", .integer(result.threadsUsed)),
      ("us_per_step_median", .double(result.microsecondsMedian)),
      ("us_per_step_min", .double(result.microsecondsMinimum)),
      ("steps", .integer(result.steps)), ("loss_first", .float(result.firstLoss)),
      ("loss_last", .float(result.lastLoss)),
      ("allocations_per_step", .double(result.allocationsPerStep)),
      ("arena_bytes", .integer(result.arenaBytes)),
      ("parameter_bytes", .integer(result.parameterBytes)),
      ("state_bytes", .integer(result.stateBytes)),
      ("peak_resident_bytes", .integer(result.peakResidentBytes)),
    ])
  }

  private static let titles = [
    "workload", "median µs", "fastest µs", "steps", "first loss", "last loss", "allocs/step",
    "arena KiB", "peak MiB",
  ]

  private func cells(_ result: BenchmarkResult) -> [String] {
    [
      result.workload, Numbers.fixed(result.microsecondsMedian, 1),
      Numbers.fixed(result.microsecondsMinimum, 1), "\(result.steps)",
      Numbers.general(Double(result.firstLoss), 4), Numbers.general(Double(result.lastLoss), 4),
      Numbers.general(result.allocationsPerStep), "\(result.arenaBytes / 1024)",
      Numbers.fixed(Double(result.peakResidentBytes) / 1_048_576, 1),
    ]
  }

  /// A name and numbers that line up, written as soon as they are known.
  private func row(_ cells: [String]) -> String {
    cells.enumerated().map { column, cell in
      let padding = String(repeating: " ", count: max(0, (column == 0 ? 24 : 11) - cell.count))
      return column == 0 ? cell + padding : padding + cell
    }.joined(separator: " ") + "\n"
  }
}
