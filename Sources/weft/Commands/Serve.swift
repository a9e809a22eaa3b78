import ArgumentParser
import CursesTerminal
import Foundation
import Learning
import Training

/// `weft serve`: the server of a federation, trained with clients that are processes of their own.
package struct Serve: ParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Train a hypernetwork with clients that keep their rows.",
    discussion: """
      Waits for --clients clients ('weft join'), agrees with them on how their tables are read and \
      scaled, and trains as 'weft train' does where all rows are in one place: the same seed gives the \
      same numbers. It never sees a row. The session it saves is one of that experiment; given one, it \
      goes on from there once the same clients are back.

      A round goes on without a client that is gone, that does not answer within --patience seconds, \
      or that answers wrongly; who and why is said. It may come back at any time. With nobody there \
      training waits. Nobody takes part without a certificate of the authority in --keys; a client's \
      name is that in its certificate.

      With --json there are, beside the events of 'weft train', "listening", "joined", "left", \
      "refused", "slow", "agreed" and "columns".
      """)

  @Argument(
    help: ArgumentHelp(
      "What to train: hospitals or non-iid-digits.", valueName: "experiment|session"),
    completion: .custom(Suggestions.subjects))
  package var subject: String

  @Option(
    parsing: .unconditional, help: ArgumentHelp("How many clients there are.", valueName: "n"))
  package var clients: Int?

  @Option(
    help: ArgumentHelp("Where to listen; port 0 is any that is free.", valueName: "host:port"))
  package var listen = "127.0.0.1:7413"

  @Option(
    help: ArgumentHelp("The folder with ca.pem, server.pem and server.key.", valueName: "folder"),
    completion: .directory)
  package var keys = "keys"

  @Option(
    help: ArgumentHelp(
      "YAML naming label, columns and missing; else columns are those most clients have, the last one the label.",
      valueName: "file"), completion: .file(extensions: ["yaml", "yml"]))
  package var layout: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How long to wait for an answer.", valueName: "seconds"))
  package var patience = 10.0

  @OptionGroup package var length: LengthOptions

  @OptionGroup package var options: RunOptions

  package init() {}

  package func validate() throws {
    guard patience.isFinite, 0.1...3600 ~= patience else {
      throw Failure(.usage, "--patience takes seconds from 0.1 to 3600, not \(patience)")
    }
  }

  package func run() throws {
    let address = try PartyAddress(listen, isFixed: false).listening()
    let beginning = try beginning()
    guard let clients = clients ?? beginning.clients else {
      throw Failure(.usage, "--clients says how many clients to wait for; give it")
    }
    guard beginning.experiment.fewestClients...500 ~= clients else {
      throw Failure(
        .usage,
        "\(beginning.experiment.name) takes \(beginning.experiment.fewestClients) to 500 clients, not "
          + "\(clients)")
    }
    if let before = beginning.clients, before != clients {
      throw Failure(.usage, "'\(subject)' was trained with \(before) clients, not \(clients)")
    }
    // What cannot be is told before anybody is waited for.
    let total = length.steps ?? beginning.experiment.steps(beginning.knobs)
    guard beginning.step <= total else {
      throw Failure(
        .usage,
        "'\(subject)' is already at round \(beginning.step); --steps is the total and must be at "
          + "least that")
    }
    let tableLayout: PatientTable.Layout
    do throws(KnobError) {
      try FederatedKnobs.checkElsewhere(beginning.knobs)
      _ = try beginning.experiment.target(beginning.knobs, inputs: 1, outputs: 2)
      tableLayout =
        try layout.map { path throws(KnobError) in
          try PatientTable.Layout(path: path)
        } ?? PatientTable.Layout()
    } catch { throw Failure(error) }
    let target = try length.save.map { try SaveTarget($0, continuing: beginning.session) }
    guard let signals = EndingSignals() else {
      throw Failure(.failed, "signals cannot be taken: \(Output.reason(errno)); free some files")
    }
    let process = try PartyProcess(["serve", address.host, "\(address.port)", keys])
    defer { process.stop() }
    let news = PartyReport(isJSON: length.json, clients: clients)
    let server = PartyServer(
      process, patience: patience, isInterrupted: { EndingSignals.isWaiting },
      tell: { news.tell($0) })
    let plan = PartyPlan(
      beginning.experiment, knobs: beginning.knobs, seed: beginning.seed, clients: clients,
      layout: tableLayout, names: beginning.names)
    let run = try run(beginning, try agree(plan, server, process, signals))
    let report: any TrainingReport =
      length.json ? JSONReport() : ProgressReport(name: run.experiment.name, total: total)
    var training = try HeadlessTraining(
      run, total: total, saving: target, every: length.saveEvery, report: report, signals: signals)
    training.command = "weft serve"
    training.hold = { () throws(Failure) -> Bool in
      if let why = server.closed { throw Failure(.failed, "clients cannot be reached: \(why)") }
      guard !server.hasAnyone else { return false }
      server.pump(within: 0.2)
      return true
    }
    try training.train()
    server.end()
  }

  /// What there is before anybody has come.
  private struct Beginning {
    var experiment: any FederatedExperiment
    var knobs: KnobValues
    var seed: UInt64
    var step = 0
    var session: String?
    /// The clients of a session.
    var names: [String]?
    var clients: Int? { names?.count }
  }

  private func beginning() throws -> Beginning {
    if options.data != nil {
      throw Failure(.usage, "rows stay with the clients; --data is for 'weft join'")
    }
    switch try Subject(subject) {
    case .experiment(let experiment):
      let federated = try Self.federated(experiment)
      let knobs = try options.knobs(for: experiment)
      if !knobs.text("data").isEmpty {
        throw Failure(.usage, "rows stay with the clients; --data is for 'weft join'")
      }
      return Beginning(
        experiment: federated, knobs: knobs, seed: options.seed ?? RunOptions.standardSeed)
    case .session(let path):
      guard options.settings.isEmpty, options.seed == nil else {
        throw Failure(
          .usage, "a session goes on with its own knobs and seed; leave --set and --seed out")
      }
      let setting: SessionFile.Setting
      do throws(SessionError) { setting = try SessionFile.setting(path) } catch {
        throw Failure(.data, error.description)
      }
      return Beginning(
        experiment: try Self.federated(setting.experiment), knobs: setting.knobs,
        seed: setting.seed, step: setting.step, session: path, names: setting.tasks)
    }
  }

  static func federated(
    _ experiment: any Experiment
  ) throws(Failure) -> any FederatedExperiment {
    guard let federated = experiment as? any FederatedExperiment else {
      let names = Experiments.all.filter { $0 is any FederatedExperiment }.map(\.name)
      throw Failure(
        .usage,
        "\(experiment.name) has no clients that could be elsewhere; "
          + "\(names.joined(separator: " and ")) have")
    }
    return federated
  }

  private func agree(
    _ plan: PartyPlan, _ server: PartyServer, _ process: PartyProcess, _ signals: EndingSignals
  ) throws -> DistantExperiment {
    var signal: Int32?
    let experiment = server.agree(plan) {
      signal = signal ?? signals.next()
      return signal != nil
    }
    if let experiment { return experiment }
    if let signal { throw Failure(signal: signal, "ended before anything was trained") }
    // It has said why.
    if let failure = process.failure { throw failure }
    throw Failure(.failed, "clients cannot be reached: \(server.closed ?? "the way is closed")")
  }

  private func run(
    _ beginning: Beginning, _ experiment: DistantExperiment
  ) throws(Failure) -> Run {
    if let path = beginning.session {
      do throws(SessionError) {
        return try SessionFile.open(path, threads: options.threads, as: experiment)
      } catch { throw Failure(.data, error.description) }
    }
    do throws(KnobError) {
      return try Run(
        experiment, knobs: beginning.knobs, seed: beginning.seed, threads: options.threads)
    } catch { throw Failure(error) }
  }
}
