/// Words for a command line that a person is to copy.
enum Shell {
  /// The word as a shell reads it: quoted only where it must be.
  static func quoted(_ word: String) -> String {
    let isPlain = word.unicodeScalars.allSatisfy {
      $0.value > 127 || $0.properties.isAlphabetic || ("0"..."9").contains($0)
        || "._-/+=:,@%".unicodeScalars.contains($0)
    }
    if isPlain && !word.isEmpty { return word }
    return "'"
      + word.split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: "'\\''") + "'"
  }
}
