/// How one of the continual experiments learns its tasks: the knob `method`.
enum ContinualMethod: String, CaseIterable {
  /// Weights generated from an embedding for each task, held by `OutputMemory`.
  case hypernetwork
  /// A network that the first task trains and that every other one scales and shifts.
  case film
  /// One network that forgets.
  case fineTuning = "fine-tuning"
  case ewc, si
  /// One network that sees all tasks at once: what there is to reach.
  case joint

  func memory(_ knobs: KnobValues) -> any ContinualMemory {
    switch self {
    case .hypernetwork:
      OutputMemory(
        looksAhead: knobs.choice("lookahead") != "off",
        storesOnce: knobs.choice("targets") == "stored", sample: knobs.integer("old-tasks"))
    case .film: FrozenMemory()
    case .fineTuning, .joint: NoMemory()
    case .ewc: ElasticMemory()
    case .si: PathMemory()
    }
  }

  static let knobs: [Knob] = [
    Knob(
      "method", title: "method",
      help:
        "who keeps earlier tasks: hypernetwork, film, ewc, si, nobody (fine-tuning); or all at once",
      .choice(allCases.map(\.rawValue)), standard: .choice(hypernetwork.rawValue), effect: .rebuild),
    Knob(
      "lookahead", title: "look ahead",
      help: "whether the pull is taken where the step is about to lead, or where it begins",
      .choice(["on", "off"]), standard: .choice("on"), effect: .rebuild),
    Knob(
      "targets", title: "targets",
      help: "what old weights are pulled to: generated anew at every task's end, or stored once",
      .choice(["recomputed", "stored"]), standard: .choice("recomputed"), effect: .rebuild),
    Knob(
      "old-tasks", title: "old tasks a step",
      help: "how many earlier tasks a step looks at; 0 is all", .integer(0...99),
      standard: .integer(0), effect: .rebuild),
  ]

  static func strengths(beta: Double, ewc: Double, si: Double) -> [Knob] {
    [
      Knob(
        "beta", title: "β (memory)", help: "how strongly earlier tasks' weights are held in place",
        .real(0...10_000, logarithmic: true), standard: .real(beta), effect: .live),
      Knob(
        "ewc", title: "λ (EWC)", help: "how strongly method=ewc holds what predictions hang on",
        .real(0...1e8, logarithmic: true), standard: .real(ewc), effect: .live),
      Knob(
        "si", title: "c (SI)", help: "how strongly method=si holds what lowered the loss",
        .real(0...1e4, logarithmic: true), standard: .real(si), effect: .live),
    ]
  }
}
