import Learning
import Workloads

/// An experiment, or a workload, in words and in JSON.
enum ExperimentText {
  static func text(_ experiment: any Experiment) -> String {
    let knobs = experiment.knobs.map {
      [
        $0.name, "\($0.standard)", $0.domainDescription,
        $0.help + ($0.effect == .live ? " (live)" : ""),
      ]
    }
    return "\(experiment.name): \(experiment.summary)\n"
      + "made for \(experiment.standardSteps) steps; "
      + "knobs, their standard values, what they take and what they do\n"
      + TextColumns.text(knobs, indent: 2)
  }

  static func json(_ experiment: any Experiment) -> JSON {
    .object([
      ("name", .string(experiment.name)), ("summary", .string(experiment.summary)),
      ("steps", .integer(experiment.standardSteps)),
      ("knobs", .array(experiment.knobs.map(knob))),
    ])
  }

  static func text(_ workload: Workload) -> String {
    "\(workload.name): a workload of weft bench\n"
      + "sizes for --set, their standard values, what they take and what they are\n"
      + TextColumns.text(
        workload.sizes.map { [$0.name, "\($0.standard)", $0.domainDescription, $0.help] }, indent: 2
      )
  }

  static func json(_ workload: Workload) -> JSON {
    .object([
      ("name", .string(workload.name)), ("sizes", .array(workload.sizes.map(knob))),
    ])
  }

  private static func knob(_ knob: Knob) -> JSON {
    .object([
      ("name", .string(knob.name)), ("title", .string(knob.title)), ("help", .string(knob.help)),
      ("takes", .string(knob.domainDescription)), ("standard", value(knob.standard)),
      ("live", .boolean(knob.effect == .live)),
    ])
  }

  static func value(_ value: KnobValue) -> JSON {
    switch value {
    case .integer(let number): .integer(number)
    case .real(let number): .double(number)
    case .choice(let word): .string(word)
    case .widths(let widths): .array(widths.map(JSON.integer))
    case .text(let text): .string(text)
    }
  }
}
