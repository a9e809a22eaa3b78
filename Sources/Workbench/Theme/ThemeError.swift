/// Why a colour scheme cannot be used; a sentence for the person who put the file there.
public struct ThemeError: Error, Hashable, CustomStringConvertible, Sendable {
  public let description: String
  /// Whether the name is nobody's; else something is wrong with the theme's file.
  public let isUnknownName: Bool

  public init(_ description: String, isUnknownName: Bool = false) {
    self.description = description
    self.isUnknownName = isUnknownName
  }
}
