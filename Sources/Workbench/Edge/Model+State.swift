import Learning
import Training

extension Model {
  /// Where the run and the person are, for scripts.
  var state: JSONValue {
    let knobs = snapshot.knobs.knobs.map { knob in
      (key: knob.name, value: JSONValue.string(snapshot.knobs[knob.name]?.description ?? ""))
    }
    return .object([
      ("experiment", .string(snapshot.description.experiment)),
      ("state", .string(stateWord)),
      ("step", .integer(snapshot.step)),
      ("seed", .unsigned(snapshot.seed)),
      ("speed", .string(snapshot.speed.label)),
      ("train_loss", JSONValue(snapshot.trainingLoss)),
      ("validation_loss", JSONValue(snapshot.validationLoss)),
      ("knobs", .object(knobs)),
      ("context", .numbers(context)),
      ("reference", JSONValue(referenceName)),
      ("anchors", anchorState),
      ("focus", .string("\(focus)")),
      ("zoomed", .bool(isZoomed)),
      ("overlay", overlayWord.map(JSONValue.string) ?? .null),
      ("toast", JSONValue(toast?.text)),
      ("theme", .string(theme.name)),
      ("pinned_step", JSONValue(pin?.step)),
      ("undo", .integer(history.done.count)),
      ("redo", .integer(history.undone.count)),
      ("behaviour", behaviourState),
      ("conditioning", conditioningState),
      ("race", comparison.race.map(raceState) ?? .null),
    ])
  }

  private var conditioningState: JSONValue {
    guard let found = examination?.conditioning else { return .null }
    return .object([
      ("step", .integer(found.step)),
      ("context_gain", JSONValue(found.gain.map { Float($0) })),
      ("context_variance_share", .number(Float(found.varianceShare))),
      ("alarm", JSONValue(alarm?.sentence)),
    ])
  }

  private var stateWord: String {
    switch snapshot.state {
    case .paused: "paused"
    case .running: "running"
    case .failed: "failed"
    }
  }

  private var overlayWord: String? {
    switch overlay {
    case .help: "help"
    case .palette: "palette"
    case .prompt: "prompt"
    case .browser: "browser"
    case nil: nil
    }
  }

  private var anchorState: JSONValue {
    .object([
      ("a", anchors.a.map(JSONValue.numbers) ?? .null),
      ("b", anchors.b.map(JSONValue.numbers) ?? .null),
      ("t", .number(anchors.t)),
      ("playing", .bool(anchors.playing != nil)),
    ])
  }

  private func raceState(_ race: RaceSnapshot) -> JSONValue {
    let word =
      switch race.state {
      case .paused: "paused"
      case .running: "running"
      case .done: "done"
      }
    return .object([
      ("contest", .string(race.standing.contest)), ("state", .string(word)),
      ("progress", .number(Float(race.standing.progress))),
      ("methods", .array(race.standing.rows.map { .string($0.label) })),
      ("method", .integer(comparison.cursor)), ("path", JSONValue(race.path)),
      ("saved", .bool(race.isSaved)),
    ])
  }

  private var behaviourState: JSONValue {
    switch probe?.behaviour {
    case .curve(let curve): .object([("error", JSONValue(curve.error))])
    case .images(let images): .object([("accuracy", .number(images.accuracy))])
    case .episode(let episode):
      .object([
        ("accuracy", .number(episode.accuracy)), ("script", .string(episode.script)),
      ])
    case .text(let text):
      .object([
        ("text", .string(String(text.characters.map(\.character)))), ("held", .bool(isHeld)),
      ])
    case .body(let body):
      .object([
        ("iou", JSONValue(body.overlap)), ("side", .integer(body.field.side)),
        ("turn", .number(target.camera.turn)), ("tilt", .number(target.camera.tilt)),
        ("zoom", .number(target.camera.zoom)), ("cut", .number(target.camera.cut)),
      ])
    case .network(let network):
      .object([
        ("architecture", .string(network.architecture.line)),
        ("between", .bool(network.isBetween)), ("accuracy", .number(network.accuracy)),
        ("weights", .integer(network.size.parameters)),
        ("multiply_adds", .integer(network.size.multiplyAdds)),
        ("trained", JSONValue(trainedAccuracy(of: network))),
        ("view", .string("\(search.view)")), ("node", .integer(search.cursor)),
        ("queue", .integer(search.orders.count { $0.accuracy == nil })),
        ("pearson", JSONValue(search.scouting?.correlation.map { Float($0.pearson.value) })),
      ])
    case nil: .null
    }
  }
}
