/// The word a person probably meant.
package enum Nearest {
  /// `; did you mean 'sine-family'?` or nothing where no word is near.
  package static func suggestion(for word: String, among words: [String]) -> String {
    nearest(to: word, among: words).map { "; did you mean '\($0)'?" } ?? ""
  }

  /// The word with the fewest slips of the finger between it and what was typed, at most a third of
  /// its length; a word that begins with what was typed is always near.
  package static func nearest(to word: String, among words: [String]) -> String? {
    let typed = Array(word.lowercased().prefix(64))
    guard !typed.isEmpty else { return nil }
    let rated = words.map { name -> (name: String, slips: Int) in
      let letters = Array(name.lowercased())
      if typed.count > 2, letters.starts(with: typed) { return (name, 0) }
      return (name, distance(typed, letters))
    }
    guard let best = rated.min(by: { $0.slips < $1.slips }) else { return nil }
    return best.slips <= max(1, best.name.count / 3) ? best.name : nil
  }

  /// Letters to insert, remove, replace or swap with their neighbour (Damerau 1964, restricted:
  /// no letter is touched twice).
  static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var older: [Int] = []
    var previous = Array(0...b.count)
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        let same = a[i] == b[j]
        var slips = min(previous[j + 1] + 1, row[j] + 1, previous[j] + (same ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          slips = min(slips, older[j - 1] + 1)
        }
        row.append(slips)
      }
      older = previous
      previous = row
    }
    return previous[b.count]
  }
}
