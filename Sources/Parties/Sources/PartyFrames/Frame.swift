/// What `weft` and the program that speaks gRPC for it, `weft-parties`, tell each other over a pair of
/// pipes: whole messages with the name of the client they come from or go to.
///
/// On the pipe a frame is its length (4 bytes, little-endian, of all that follows), its kind (1), the
/// length of the name (2), the name in UTF-8, and the rest.
public struct Frame: Equatable, Sendable {
  public enum Kind: UInt8, Sendable {
    /// The server listens; the name is its address.
    case listening = 1
    /// A client with a good certificate has come; the name is the certificate's. To a client: the server
    /// has taken it in.
    case joined
    /// A message from or to a client.
    case message
    /// A client is gone; the bytes say why, in words.
    case left
    /// Somebody was turned away; the name is an address, the bytes say why.
    case refused
    /// To the server: end this client's stream; the bytes say why.
    case dismiss
  }

  public var kind: Kind
  public var name: String
  public var bytes: [UInt8]

  public init(_ kind: Kind, _ name: String = "", bytes: [UInt8] = []) {
    self.kind = kind
    self.name = name
    self.bytes = bytes
  }

  /// With words for bytes.
  public init(_ kind: Kind, _ name: String, saying words: String) {
    self.init(kind, name, bytes: Array(words.utf8))
  }

  public var words: String { String(decoding: bytes, as: UTF8.self) }

  /// The largest message, in bytes; a longer one ends the stream it comes by before it is read.
  public static let largestMessage = 1 << 26

  /// The bytes on the pipe.
  public var encoded: [UInt8] {
    let name = Array(self.name.utf8.prefix(Int(UInt16.max)))
    let length = 3 + name.count + bytes.count
    return (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
      + [kind.rawValue, UInt8(truncatingIfNeeded: name.count), UInt8(name.count >> 8)]
      + name + bytes
  }

  /// A frame without its length; nil where it is none.
  public init?(body: [UInt8]) {
    guard body.count >= 3, let kind = Kind(rawValue: body[0]) else { return nil }
    let end = 3 + Int(body[1]) + Int(body[2]) << 8
    guard body.count >= end else { return nil }
    self.init(
      kind, String(decoding: body[3..<end], as: UTF8.self), bytes: Array(body[end...]))
  }
}
