import Learning
import Terminal
import Training

/// Lines of input: a filter, a value, a file name.
extension Model {
  mutating func openFilter() {
    let present = focus == .tasks ? tasks.filter : knobs.filter
    overlay = .prompt(Prompt(purpose: .filter(focus), label: "filter", text: present))
  }

  /// Asks for a number or word for what the cursor is on, in the focused pane.
  mutating func openValuePrompt() {
    var prompt = Prompt(purpose: .value, label: "", text: "", isUntouched: true)
    switch focus {
    case .knobs:
      guard let knob = selectedKnob else { return }
      prompt.label = "\(knob.title) (\(knob.domainDescription))"
      prompt.text = value(of: knob).description
    case .weights:
      guard let selected = selectedWeight else { return }
      prompt.label = "\(selected.specification.name)[\(weights.row),\(weights.column)]"
      prompt.text = selected.value.description
    case .loss:
      prompt.label = "crosshair at step"
      prompt.text = "\(loss.crosshair ?? snapshot.step)"
    case .context:
      prompt.label = component.map { "z\($0)" } ?? "position from A (0) to B (1)"
      prompt.text = (component.map { context[$0] } ?? anchors.t).description
    case .target:
      guard let knob = promptKnob else { return }
      prompt.label = "prompt: the text to go on from"
      prompt.text = value(of: knob).description
    case .tasks, .space, .compare: return
    }
    overlay = .prompt(prompt)
  }

  /// What a network goes on from that speaks.
  private var promptKnob: Knob? { snapshot.knobs.knobs.first { $0.name == "prompt" } }

  mutating func openExportPrompt() {
    let formats =
      focus == .target && body != nil
      ? "csv, md, json, svg, png, obj, ply or stl" : "csv, md, json or svg"
    overlay = .prompt(
      Prompt(
        purpose: .export, label: "export \(focus.title) as \(formats) to",
        text: exportName(.csv)))
  }

  mutating func takeInPrompt(_ key: Key, _ old: Prompt) -> [Request] {
    var prompt = old
    switch key {
    case Key(.escape):
      overlay = nil
      if case .filter(let pane) = prompt.purpose { filter(pane, by: "") }
      return []
    case Key(.enter): return submit(prompt)
    default: break
    }
    if prompt.isUntouched, case .character = key.code, !key.control { prompt.text = "" }
    if prompt.field.take(key) {
      prompt.isUntouched = false
      prompt.problem = nil
    }
    overlay = .prompt(prompt)
    if case .filter(let pane) = prompt.purpose { filter(pane, by: prompt.text) }
    return []
  }

  private mutating func filter(_ pane: Pane, by text: String) {
    if pane == .tasks { tasks.filter = text } else if pane == .knobs { knobs.filter = text }
  }

  /// Takes what was typed; what cannot be taken stays in the prompt, with the reason beside it.
  private mutating func submit(_ prompt: Prompt) -> [Request] {
    var prompt = prompt
    overlay = nil
    let text = Substring(prompt.text).trimmed
    switch prompt.purpose {
    case .filter: return []
    case .save: return text.isEmpty ? [] : save(at: text)
    case .export: return export(text)
    case .value:
      do throws(KnobError) { return try take(value: text) } catch {
        prompt.problem = error.description
        overlay = .prompt(prompt)
        return []
      }
    }
  }

  private mutating func take(value text: String) throws(KnobError) -> [Request] {
    switch focus {
    case .knobs:
      guard let knob = selectedKnob else { return [] }
      return turn(knob, to: try knob.parse(text))
    case .weights: return editWeight(to: try number(text))
    case .loss:
      guard let step = Int(text), step >= 0 else {
        throw KnobError("a step is a whole number, not '\(text)'")
      }
      setCrosshair(step)
    case .context:
      let value = try number(text)
      guard let component else {
        setPosition(value)
        return []
      }
      var target = context
      target[component] = value
      moveContext(to: target)
    case .target:
      guard let knob = promptKnob else { return [] }
      return turn(knob, to: try knob.parse(text))
    case .tasks, .space, .compare: break
    }
    return []
  }

  private func number(_ text: String) throws(KnobError) -> Float {
    guard let value = Float(text), abs(value) <= Self.farthest else {
      throw KnobError("'\(text)' is not a number up to a million")
    }
    return value
  }
}
