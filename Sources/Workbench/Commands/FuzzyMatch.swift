/// How well a typed text fits a name: its letters occur in this order, capitals or not.
enum FuzzyMatch {
  /// Larger is better; nil where it does not fit. Letters that begin the name or a word, and letters
  /// that stand together, count more; a text that occurs as it is beats scattered letters.
  static func score(_ text: String, in name: String) -> Int? {
    let wanted = Array(text.lowercased().unicodeScalars.filter { $0 != " " })
    guard !wanted.isEmpty else { return 0 }
    let letters = Array(name.lowercased().unicodeScalars)
    var total = 0
    var next = 0
    var last = -2
    for (place, letter) in letters.enumerated() where next < wanted.count && letter == wanted[next]
    {
      total += 1
      if place == last + 1 { total += 4 }
      if place == 0 || ". -/".unicodeScalars.contains(letters[place - 1]) { total += 3 }
      last = place
      next += 1
    }
    guard next == wanted.count else { return nil }
    if name.containsIgnoringCase(text) { total += 20 }
    return total * 8 - min(letters.count, 63) / 8
  }
}
