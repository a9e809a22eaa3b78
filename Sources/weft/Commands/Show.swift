import ArgumentParser
import Learning
import Terminal
import Training
import Workloads

/// `weft show`: what is in a session, or what an experiment or a workload takes.
package struct Show: ParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Show what a session or a comparison holds, or what an experiment or workload takes.")

  @Argument(
    help: ArgumentHelp("What to show.", valueName: "session|comparison|experiment|workload"),
    completion: .custom(Suggestions.subjects))
  package var subject: String

  @Flag(help: "As one JSON object.")
  package var json = false

  package init() {}

  package func run() throws {
    if let workload = Workloads.named(subject), FileKind(at: subject) == nil {
      // A name may be that of both.
      let experiment = Experiments.named(subject)
      if json {
        if let experiment { try Output.line(ExperimentText.json(experiment).description) }
        return try Output.line(ExperimentText.json(workload).description)
      }
      if let experiment { try Output.write(ExperimentText.text(experiment) + "\n") }
      return try Output.write(ExperimentText.text(workload))
    }
    switch try Subject(subject) {
    case .experiment(let experiment):
      try json
        ? Output.line(ExperimentText.json(experiment).description)
        : Output.write(ExperimentText.text(experiment))
    case .session(let path) where ComparisonFile.isComparison(path):
      let standing: Standing
      do throws(SessionError) { standing = try ComparisonFile.open(path).standing } catch {
        throw Failure(.data, error.description)
      }
      try json
        ? Output.line(ComparisonReport.json(standing, path: path).description)
        : Output.write(ComparisonReport.text(standing))
    case .session(let path):
      let shown: ShownSession
      do throws(SessionError) {
        shown = ShownSession(path: path, run: try SessionFile.open(path, threads: 1))
      } catch { throw Failure(.data, error.description) }
      try json ? Output.line(shown.json.description) : Output.write(shown.text)
    }
  }
}

/// A session that was opened to be shown.
private struct ShownSession {
  let path: String
  let run: Run

  private var description: RunDescription { run.description }

  var text: String {
    let description = self.description
    var rows = [
      ["session", path],
      ["experiment", "\(run.experiment.name): \(run.experiment.summary)"],
      ["step", "\(run.step) (made for \(run.experiment.steps(run.knobs))), seed \(run.seed)"],
    ]
    if let loss = run.trainingLoss { rows.append(["train_loss", "\(loss)"]) }
    if let loss = run.validationLoss { rows.append(["validation_loss", "\(loss)"]) }
    rows.append(["parameters", "\(description.parameterCount) trained"])
    rows.append(["target", "\(description.targetParameterCount) generated: \(tensors)"])
    return TextColumns.text(rows) + "\nKnobs\n" + TextColumns.text(knobs, indent: 2)
      + "\nTasks\n" + TextColumns.text(tasks, indent: 2)
  }

  private var tensors: String {
    description.tensors.map { "\($0.name) \($0.shape)" }.joined(separator: ", ")
  }

  private var knobs: [[String]] {
    run.experiment.knobs.map { knob in
      let value = run.knobs[knob.name] ?? knob.standard
      return [knob.name, "\(value)", value == knob.standard ? "" : "(standard \(knob.standard))"]
    }
  }

  private var tasks: [[String]] {
    zip(description.tasks, run.statusesWithContexts()).map { task, status in
      let attributes = task.attributes.map {
        "\($0.name) \(Numbers.plain($0.value))\($0.unit.isEmpty ? "" : " " + $0.unit)"
      }
      return [task.name, task.role.rawValue, attributes.joined(separator: ", ")]
        + [status.loss.map { "loss \(Numbers.scientific(Double($0), 3))" } ?? "not measured"]
        + (status.metric.map { ["\(description.metricName) \(Numbers.fixed(Double($0), 3))"] } ?? [])
    }
  }

  var json: JSON {
    let description = self.description
    return .object([
      ("path", .string(path)), ("experiment", .string(run.experiment.name)),
      ("seed", .natural(run.seed)), ("step", .integer(run.step)),
      ("standard_steps", .integer(run.experiment.steps(run.knobs))),
      ("train_loss", JSON(run.trainingLoss)), ("validation_loss", JSON(run.validationLoss)),
      ("parameters", .integer(description.parameterCount)),
      ("target_parameters", .integer(description.targetParameterCount)),
      ("context_length", .integer(description.contextCount)),
      (
        "tensors",
        .array(
          description.tensors.map {
            .object([
              ("name", .string($0.name)), ("shape", .array($0.shape.dimensions.map(JSON.integer))),
            ])
          })
      ),
      (
        "knobs",
        .object(
          run.experiment.knobs.map {
            ($0.name, ExperimentText.value(run.knobs[$0.name] ?? $0.standard))
          })
      ),
      ("tasks", .array(zip(description.tasks, run.statusesWithContexts()).map(task))),
    ])
  }

  private func task(_ task: TaskDescription, _ status: Snapshot.TaskStatus) -> JSON {
    .object([
      ("name", .string(task.name)), ("role", .string(task.role.rawValue)),
      ("attributes", .object(task.attributes.map { ($0.name, .double($0.value)) })),
      ("loss", JSON(status.loss)), ("metric", JSON(status.metric)),
      ("context", status.context.map { .array($0.map(JSON.float)) } ?? .null),
    ])
  }
}
