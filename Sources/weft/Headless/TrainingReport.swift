import Training

/// Who is told how training goes.
protocol TrainingReport {
  /// Called often; decides itself when there is something to show.
  mutating func progress(_ run: Run, seconds: Double) throws(Failure)
  /// The curves of unseen data have a new point.
  mutating func evaluated(_ run: Run, seconds: Double) throws(Failure)
  mutating func notice(_ text: String, step: Int) throws(Failure)
  /// A task has been learned, where they come one after another.
  mutating func learned(_ milestone: Milestone, of run: Run) throws(Failure)
  mutating func failed(_ failure: Snapshot.Failure, saved: String?) throws(Failure)
  mutating func interrupted(_ signal: Int32, step: Int, saved: String?) throws(Failure)
  /// Training is over and the last measurement begins.
  mutating func measuring() throws(Failure)
  mutating func done(_ result: TrainingResult) throws(Failure)
}

/// What a headless run ends with.
struct TrainingResult {
  let experiment: String
  let seed: UInt64
  let step: Int
  /// Seconds of steps and of the evaluations between them; not of loading, saving and the last
  /// measurement. Of this invocation alone, where a session was continued.
  let seconds: Double
  let trainingLoss: Float?
  let validationLoss: Float?
  let metrics: [(name: String, value: Float)]
  /// The training loss that was to be reached, and the step at which it was; nil where nobody asked.
  let until: (loss: Float, step: Int?)?
  let saved: String?
}

/// One JSON object a line on standard output, for programs.
struct JSONReport: TrainingReport {
  mutating func progress(_ run: Run, seconds: Double) throws(Failure) {}

  mutating func evaluated(_ run: Run, seconds: Double) throws(Failure) {
    try line(
      "step",
      [
        ("step", .integer(run.step)), ("train_loss", JSON(run.trainingLoss)),
        ("validation_loss", JSON(run.validationLoss)), ("seconds", .double(seconds)),
      ])
  }

  mutating func notice(_ text: String, step: Int) throws(Failure) {
    try line("notice", [("step", .integer(step)), ("text", .string(text))])
  }

  mutating func learned(_ milestone: Milestone, of run: Run) throws(Failure) {
    try line(
      "learned",
      [
        ("step", .integer(milestone.step)), ("task", .integer(milestone.task + 1)),
        ("name", .string(run.description.tasks[milestone.task].name)),
        ("measures", .array(milestone.measures.map { JSON($0) })),
      ])
  }

  mutating func failed(_ failure: Snapshot.Failure, saved: String?) throws(Failure) {
    try line(
      "failed",
      [
        ("step", .integer(failure.step)), ("tensor", .string(failure.tensor)),
        ("text", .string(failure.sentence)),
        ("last_good_step", failure.lastGoodStep.map(JSON.integer) ?? .null),
        ("saved", JSON(saved)),
      ])
  }

  mutating func interrupted(_ signal: Int32, step: Int, saved: String?) throws(Failure) {
    try line(
      "interrupted",
      [("step", .integer(step)), ("signal", .integer(Int(signal))), ("saved", JSON(saved))])
  }

  mutating func measuring() throws(Failure) {}

  mutating func done(_ result: TrainingResult) throws(Failure) {
    try line(
      "done",
      [
        ("experiment", .string(result.experiment)), ("seed", .natural(result.seed)),
        ("step", .integer(result.step)), ("seconds", .double(result.seconds)),
        ("train_loss", JSON(result.trainingLoss)),
        ("validation_loss", JSON(result.validationLoss)),
        ("metrics", .object(result.metrics.map { ($0.name, .float($0.value)) })),
        ("saved", JSON(result.saved)),
      ]
        + (result.until.map {
          [
            (
              "until",
              .object([("loss", .float($0.loss)), ("step", $0.step.map(JSON.integer) ?? .null)])
            )
          ]
        } ?? []))
  }

  private func line(_ event: String, _ fields: [(String, JSON)]) throws(Failure) {
    try Output.line(JSON.object([("event", .string(event))] + fields).description)
  }
}
