import Learning

extension MethodChoice {
  /// All names, for a sentence.
  public static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension Comparison.Entry {
  /// Reads `maml`, `low-rank`, `hypernetwork:strategy=chunked:chunk=64`.
  public init(_ word: String, knobs: [Knob]) throws(KnobError) {
    let parts = word.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let name = parts[0]
    var settings: [Setting] = []
    let choice: MethodChoice
    if let known = MethodChoice(rawValue: name) {
      choice = known
    } else if let strategy = StrategyChoice(rawValue: name) {
      choice = .hypernetwork
      settings.append(Setting(knob: "strategy", value: .choice(strategy.rawValue)))
    } else {
      // A name that both have is the method's.
      let strategies = StrategyChoice.allCases.map(\.rawValue)
        .filter { MethodChoice(rawValue: $0) == nil }.joined(separator: ", ")
      throw KnobError(
        "there is no method '\(name)'\(Self.hint(name)); there are \(MethodChoice.names), and the strategies of a "
          + "hypernetwork: \(strategies), hypernetwork:strategy=lora")
    }
    for part in parts.dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
      guard pair.count == 2, let knob = knobs.first(where: { $0.name == pair[0] }) else {
        let names = knobs.map(\.name).joined(separator: ", ")
        throw KnobError(
          "method '\(word)' wants knob=value after a colon, with one of the knobs \(names)")
      }
      guard !settings.contains(where: { $0.knob == knob.name }) else {
        throw KnobError("method '\(word)' sets \(knob.name) twice; set it once")
      }
      settings.append(Setting(knob: knob.name, value: try knob.parse(pair[1])))
    }
    self.init(choice, settings: settings)
  }

  private static func hint(_ name: String) -> String {
    let known = MethodChoice(rawValue: name.lowercased())?.rawValue
    return known.map { ", but '\($0)'" } ?? ""
  }

  /// Every entry once for each value of `knob=a,b,…` where it looks at the knob and has no value of
  /// its own. Throws where that is none of them.
  public static func varied(
    _ entries: [Self], by variation: String, _ values: KnobValues
  ) throws(KnobError) -> [Self] {
    let pair = variation.split(separator: "=", maxSplits: 1).map(String.init)
    guard pair.count == 2, let knob = values.knobs.first(where: { $0.name == pair[0] }) else {
      let names = values.knobs.map(\.name).joined(separator: ", ")
      throw KnobError(
        "--vary wants a knob and values, such as rank=1,2,4, not '\(variation)'; knobs are \(names)"
      )
    }
    var choices: [KnobValue] = []
    for word in pair[1].split(separator: ",") { choices.append(try knob.parse(String(word))) }
    guard !choices.isEmpty else {
      throw KnobError("--vary \(variation) names no value; give some, such as rank=1,2,4")
    }
    func varies(_ entry: Self) -> Bool {
      entry.looks(at: knob.name, values) && !entry.settings.contains { $0.knob == knob.name }
    }
    guard entries.contains(where: varies) else {
      throw KnobError(
        "--vary \(variation) changes nothing: no method here looks at \(knob.name) and has no value "
          + "of its own for it")
    }
    return entries.flatMap { entry in
      varies(entry) ? choices.map { entry.with(knob.name, $0) } : [entry]
    }
  }

  /// Throws where a setting of its own makes no difference to it.
  func check(_ values: KnobValues) throws(KnobError) {
    for setting in settings where !looks(at: setting.knob, values) {
      let knobs = values.knobs.map(\.name).filter { looks(at: $0, values) }
      throw KnobError(
        "'\(label)' does not look at \(setting.knob); it looks at \(knobs.joined(separator: ", "))"
      )
    }
  }

  /// Whether a knob makes a difference to it.
  public func looks(at knob: String, _ values: KnobValues) -> Bool {
    choice.looks(at: knob, self.values(values))
  }

  /// The comparison's knobs with its own settings.
  func values(_ values: KnobValues) -> KnobValues {
    settings.reduce(into: values) { $0[$1.knob] = $1.value }
  }

  /// The same with one knob set, which may be set already.
  func with(_ knob: String, _ value: KnobValue) -> Self {
    Self(
      choice, settings: settings.filter { $0.knob != knob } + [Setting(knob: knob, value: value)])
  }
}
