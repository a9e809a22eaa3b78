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
      let strategies = StrategyChoice.allCases.map(\.rawValue).joined(separator: ", ")
      throw KnobError(
        "there is no method '\(name)'; there are \(MethodChoice.names), and the strategies of a "
          + "hypernetwork: \(strategies)")
    }
    for part in parts.dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
      guard pair.count == 2, let knob = knobs.first(where: { $0.name == pair[0] }) else {
        let names = knobs.map(\.name).joined(separator: ", ")
        throw KnobError(
          "method '\(word)' wants knob=value after a colon, with one of the knobs \(names)")
      }
      settings.append(Setting(knob: knob.name, value: try knob.parse(pair[1])))
    }
    self.init(choice, settings: settings)
  }

  /// Every entry once for each value of `knob=a,b,…` where it looks at the knob.
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
    return entries.flatMap { entry -> [Self] in
      guard entry.looks(at: knob.name, values) else { return [entry] }
      return choices.map {
        Self(entry.choice, settings: entry.settings + [Setting(knob: knob.name, value: $0)])
      }
    }
  }

  /// Whether a knob makes a difference to it.
  private func looks(at knob: String, _ values: KnobValues) -> Bool {
    let own = settings.last { $0.knob == "strategy" }?.value ?? values["strategy"]
    let strategy: StrategyChoice? =
      switch own {
      case .choice(let word) where choice.hasStrategy: StrategyChoice(rawValue: word)
      default: nil
      }
    switch knob {
    case "rank":
      return choice == .lora || choice == .hyperLoRA || strategy == .lowRank || strategy == .lora
    case "chunk", "chunk-embedding": return strategy == .chunked
    case "base": return strategy == .lora
    case "strategy": return choice.hasStrategy
    case "contexts", "hyper-widths", "hyper-activation", "spread", "initialization", "encoding":
      return choice.hasStrategy || choice == .hyperLoRA
    case "inner-rate", "inner-steps":
      return [.maml, .fomaml, .embedding].contains(choice)
    case "reptile-steps", "reptile-rate": return choice == .reptile
    default: return true
    }
  }
}
