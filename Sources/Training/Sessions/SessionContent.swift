import Autodiff
import Learning

/// Everything a session file holds, copied out of a run so that it can be written while the run goes
/// on. Copying is a matter of microseconds; encoding and writing happen elsewhere.
struct SessionContent: Sendable {
  /// What a variable is for; said in the file for the people who read it.
  enum Role: String, Codable, Sendable { case parameter, state }

  struct Variable: Sendable {
    var name: String
    var role: Role
    var shape: Shape
    var values: ArraySlice<Float>
  }

  var experiment: String
  var seed: UInt64
  var knobs: KnobValues
  var step: Int
  var trainingLoss: Float?
  var validationLoss: Float?
  var tasks: [TaskDescription]
  /// With the contexts of trained tasks, which are in `variables` too.
  var statuses: [Snapshot.TaskStatus]
  var seriesNames: [String]
  var history: History
  var milestones: [Milestone]
  var gradientCosine: Float?
  var variables: [Variable]
}

extension Run {
  /// The run as it stands, between two steps.
  var sessionContent: SessionContent { sessionContent(of: state) }

  /// The run as it stood in an earlier state of its own.
  func sessionContent(of state: State) -> SessionContent {
    let parameters = Set(model.parameters.map(\.name))
    let embedding = variables.entries.first { $0.name == outline.embedding }
    let count = outline.contextCount
    let statuses = state.statuses.enumerated().map { task, status in
      guard let embedding, task < outline.trainingTaskCount else { return status }
      var status = status
      let start = embedding.offset + task * count
      status.context = Array(state.values[start..<start + count])
      return status
    }
    return SessionContent(
      experiment: experiment.name, seed: seed, knobs: knobs, step: state.step,
      trainingLoss: state.trainingLoss, validationLoss: state.validationLoss,
      tasks: outline.tasks, statuses: statuses, seriesNames: description.series,
      history: state.history, milestones: state.milestones, gradientCosine: state.gradientCosine,
      variables: variables.entries.map {
        .init(
          name: $0.name, role: parameters.contains($0.name) ? .parameter : .state, shape: $0.shape,
          values: state.values[$0.offset..<$0.offset + $0.shape.count])
      })
  }
}
