/// The knobs of an experiment and what each is set to, in the experiment's order.
public struct KnobValues: Hashable, Sendable {
  public let knobs: [Knob]
  private var values: [KnobValue]

  /// Every knob at its standard value.
  public init(_ knobs: [Knob]) {
    self.knobs = knobs
    self.values = knobs.map(\.standard)
  }

  /// The value of a knob, or nil where there is no such knob. Setting a value outside the knob's
  /// domain, or of a knob that does not exist, changes nothing.
  public subscript(name: String) -> KnobValue? {
    get { index(name).map { values[$0] } }
    set {
      guard let index = index(name), let newValue, knobs[index].contains(newValue) else { return }
      values[index] = newValue
    }
  }

  /// Sets a knob from typed text. Throws `KnobError` naming the knobs that exist, or what this one
  /// takes.
  public mutating func set(_ name: String, to text: String) throws(KnobError) {
    guard let index = index(name) else {
      let names = knobs.map(\.name).joined(separator: ", ")
      throw KnobError("there is no knob '\(name)'; this experiment has: \(names)")
    }
    values[index] = try knobs[index].parse(text)
  }

  /// Whole-number value; the knob must exist and be an integer (an experiment asks for its own).
  public func integer(_ name: String) -> Int {
    guard case .integer(let value) = self[name] else { return 0 }
    return value
  }

  /// Real value of a knob of the experiment's own.
  public func real(_ name: String) -> Float {
    guard case .real(let value) = self[name] else { return 0 }
    return Float(value)
  }

  /// Chosen word of a knob of the experiment's own.
  public func choice(_ name: String) -> String {
    guard case .choice(let value) = self[name] else { return "" }
    return value
  }

  /// Layer widths of a knob of the experiment's own.
  public func widths(_ name: String) -> [Int] {
    guard case .widths(let value) = self[name] else { return [] }
    return value
  }

  /// Text of a knob of the experiment's own.
  public func text(_ name: String) -> String {
    guard case .text(let value) = self[name] else { return "" }
    return value
  }

  /// Whether there is such a knob and it can be turned while a run trains.
  func isLive(_ name: String) -> Bool { index(name).map { knobs[$0].effect == .live } ?? false }

  private func index(_ name: String) -> Int? { knobs.firstIndex { $0.name == name } }
}
