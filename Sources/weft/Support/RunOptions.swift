import ArgumentParser
import Foundation
import Learning
import Training

/// What a run begins with; the same words for the workbench and for headless training.
package struct RunOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Seed of the initial weights and the batches (default: 42).", valueName: "number"),
    transform: OptionValue.seed)
  package var seed: UInt64?

  @Option(
    name: .customLong("set"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Set a knob; may be repeated. 'weft show EXPERIMENT' lists them.", valueName: "knob=value"),
    completion: .custom(Suggestions.knobs))
  package var settings: [String] = []

  @Option(
    help: ArgumentHelp(
      "Data of one's own, where an experiment takes them: the same as --set data=FILE.",
      valueName: "file"), completion: .file())
  package var data: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Threads to train with; the numbers do not depend on it. More than one pays for large networks.",
      valueName: "n"), transform: OptionValue.threads)
  package var threads = 1

  package init() {}

  /// The seed of a run that is given none.
  static let standardSeed: UInt64 = 42

  /// `--set` taken apart and checked against an experiment's knobs. Throws a sentence with the
  /// nearest knob, or with what the knob takes.
  package func values(for experiment: any Experiment) throws(Failure) -> [(
    knob: Knob, value: KnobValue
  )] {
    guard let data else {
      return try Self.values(settings, of: experiment.name, experiment.knobs)
    }
    guard experiment.knobs.contains(where: { $0.name == "data" }) else {
      let names = Experiments.all.filter { $0.knobs.contains { $0.name == "data" } }.map(\.name)
      throw Failure(
        .usage,
        "\(experiment.name) has its own data; --data is for \(names.joined(separator: ", "))")
    }
    let path = data.isEmpty ? "" : SessionFolders.kept(data)
    return try Self.values(
      settings + ["data=" + path], of: experiment.name, experiment.knobs)
  }

  /// Settings `knob=value` checked against knobs of something that has a name.
  /// - Parameter word: what its knobs are called, `size` for example.
  static func values(
    _ settings: [String], of owner: String, _ knobs: [Knob], called word: String = "knob"
  ) throws(Failure) -> [(knob: Knob, value: KnobValue)] {
    var values: [(Knob, KnobValue)] = []
    for setting in settings {
      guard let equals = setting.firstIndex(of: "="), equals != setting.startIndex else {
        throw Failure(
          .usage,
          "--set takes \(word)=value, such as --set \(knobs[0].name)=\(knobs[0].standard), "
            + "not '\(setting)'")
      }
      let name = String(setting[..<equals])
      guard let knob = knobs.first(where: { $0.name == name }) else {
        let names = knobs.map(\.name)
        throw Failure(
          .usage,
          "\(owner) has no \(word) '\(name)'" + RunOptions.hint(for: name, among: names))
      }
      guard !values.contains(where: { $0.0.name == name }) else {
        throw Failure(.usage, "--set gives \(word) '\(name)' twice; give it once")
      }
      do throws(KnobError) {
        let value = String(setting[setting.index(after: equals)...])
        values.append((knob, try knob.parse(value, called: word)))
      } catch { throw Failure(error) }
    }
    return values
  }

  /// The nearest of the names that there are; all of them where none is near or they are few.
  private static func hint(for name: String, among names: [String]) -> String {
    let nearest = Nearest.suggestion(for: name, among: names)
    return nearest.isEmpty || names.count <= 12
      ? "; it has \(names.joined(separator: ", "))\(nearest)" : nearest
  }

  /// An experiment's knobs, those that are set and the others at their standard values.
  func knobs(for experiment: any Experiment) throws(Failure) -> KnobValues {
    var knobs = KnobValues(experiment.knobs)
    for (knob, value) in try values(for: experiment) { knobs[knob.name] = value }
    return knobs
  }

  /// A new run of an experiment with these options.
  func run(_ experiment: any Experiment) throws(Failure) -> Run {
    let knobs = try knobs(for: experiment)
    do throws(KnobError) {
      return try Run(
        experiment, knobs: knobs, seed: seed ?? Self.standardSeed, threads: threads)
    } catch { throw Failure(error) }
  }

  /// A session opened, its knobs turned as the options say. What would throw the trained weights
  /// away (another seed, a knob that builds the networks anew) is refused.
  func run(session path: String) throws(Failure) -> Run {
    let run: Run
    do throws(SessionError) {
      run = try SessionFile.open(path, threads: threads)
    } catch { throw Failure(.data, error.description) }
    let name = run.experiment.name
    if let seed, seed != run.seed {
      throw Failure(
        .usage,
        "\(path) was trained from seed \(run.seed) and cannot change to \(seed); train \(name) anew"
      )
    }
    for (knob, value) in try values(for: run.experiment) where run.knobs[knob.name] != value {
      guard knob.effect == .live else {
        throw Failure(
          .usage,
          "--set \(knob.name)=\(value) would throw away what \(path) has learned in "
            + "\(run.step) steps; train \(name) anew, or leave the knob at "
            + "\(run.knobs[knob.name].map(String.init(describing:)) ?? "its value")")
      }
      do throws(KnobError) { _ = try run.set(knob.name, to: value) } catch { throw Failure(error) }
    }
    return run
  }
}
