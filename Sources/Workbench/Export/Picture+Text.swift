import Learning
import Terminal
import Training

extension Picture {
  /// Lines of text, and under every character how much reading it moved each gate's weights.
  static func text(_ text: Behaviour.Text, _ model: Model) -> String {
    let columns = 80
    let (width, height) = (8.0, 46.0)
    let lines = (text.characters.count + columns - 1) / columns
    var svg = canvas(
      model, width: 60 + Double(columns) * width, height: 60 + Double(lines) * height)
    svg.text(
      "\(caption(model)): text, and under it how much each character moved the gates' weights ("
        + text.gateNames.joined(separator: ", ") + ")", x: 20, y: 20, size: 14)
    let most = text.characters.map { $0.heat.max() }.max() ?? 1
    for (index, spoken) in text.characters.enumerated() {
      let left = 30 + Double(index % columns) * width
      let top = 44 + Double(index / columns) * height
      svg.text(
        spoken.character == "\n" ? "↵" : String(spoken.character), x: left, y: top,
        fill: spoken.isPrompt ? svg.accent : nil)
      for gate in 0..<4 {
        svg.rect(
          x: left, y: top + 4 + Double(gate) * 6, width: width, height: 6,
          fill: svg.diverging(Double(spoken.heat[gate] / max(most, 1e-9))))
      }
    }
    return svg.document
  }
}
