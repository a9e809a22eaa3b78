/// Why a colour scheme cannot be used; a sentence for the person who put the file there.
public struct ThemeError: Error, Hashable, CustomStringConvertible, Sendable {
  public let description: String
  public init(_ description: String) { self.description = description }
}
