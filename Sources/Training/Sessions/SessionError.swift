/// A session that cannot be opened or written: what is wrong, where, and what to do, in a sentence
/// for the person who asked for it.
public struct SessionError: Error, Hashable, CustomStringConvertible, Sendable {
  public let description: String
  public init(_ description: String) { self.description = description }
}
