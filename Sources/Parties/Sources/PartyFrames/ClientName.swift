/// What a client may be called, in its certificate and by its files.
public enum ClientName {
  /// Up to 64 letters, digits, `.`, `-`, `_` and spaces.
  public static func isGood(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 64
      && name.unicodeScalars.allSatisfy {
        $0.isASCII && ($0.properties.isAlphabetic || "0123456789.-_ ".unicodeScalars.contains($0))
      }
  }
}
