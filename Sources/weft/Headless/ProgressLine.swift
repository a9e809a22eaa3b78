import Terminal

/// The progress bar's one line, fitted to a width: what matters less goes first.
package struct ProgressLine {
  package var name: String
  package var step: Int
  package var total: Int
  package var losses: [String]
  package var stepsPerSecond: Double?
  /// Block characters instead of `#`.
  package var blocks: Bool

  package init(
    name: String, step: Int, total: Int, losses: [String], stepsPerSecond: Double?, blocks: Bool
  ) {
    self.name = name
    self.step = step
    self.total = total
    self.losses = losses
    self.stepsPerSecond = stepsPerSecond
    self.blocks = blocks
  }

  private var share: Double { total > 0 ? Double(step) / Double(total) : 1 }

  /// At most `columns` wide.
  package func text(columns: Int) -> String {
    let percent = "\(Int((share * 100).rounded(.down))) %"
    // Where there is room at all, some of it is the bar's.
    let reserved = columns >= 30 ? 12 : 0
    var width = percent.count + reserved
    // In the order of what is missed most; they are shown in the order of reading.
    let wanted: [(place: Int, text: String?)] = [
      (4, remaining), (2, losses.first), (1, "\(step)/\(total)"), (3, losses.dropFirst().first),
      (5, stepsPerSecond.map { Numbers.count($0) + "/s" }), (0, name),
    ]
    var chosen: [(place: Int, text: String)] = []
    for case (let place, let text?) in wanted where width + text.count + 2 <= columns {
      width += text.count + 2
      chosen.append((place, text))
    }
    chosen.sort { $0.place < $1.place }
    let bar = self.bar(columns: min(columns - width + reserved - 2, 40))
    let lead = chosen.first { $0.place == 0 }?.text
    let parts = [lead, bar, percent].compactMap { $0 } + chosen.filter { $0.place > 0 }.map(\.text)
    return String(parts.joined(separator: "  ").prefix(max(columns, 0)))
  }

  /// Eighths of a column where there are block characters.
  private func bar(columns: Int) -> String? {
    guard columns >= 6 else { return nil }
    guard blocks else {
      let full = Int(share * Double(columns - 2))
      return "[" + String(repeating: "#", count: full)
        + String(repeating: ".", count: columns - 2 - full) + "]"
    }
    let eighths = Int(share * Double(columns * 8))
    let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
    let filled = String(repeating: "█", count: eighths / 8) + partial
    return filled + String(repeating: "░", count: columns - filled.count)
  }

  /// `ETA 1:05`, hours where there are any.
  private var remaining: String? {
    guard let rate = stepsPerSecond, rate > 0 else { return nil }
    let seconds = Int(min(Double(total - step) / rate, 359_999).rounded())
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60)
    let two = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
    return seconds >= 3600
      ? "ETA \(seconds / 3600):\(two(minutes)):\(two(rest))" : "ETA \(minutes):\(two(rest))"
  }
}
