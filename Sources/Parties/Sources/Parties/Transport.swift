import Foundation
import GRPCCore
import PartyFrames

/// The one call there is, between a client and the server: messages both ways for as long as the client
/// takes part. What they mean is nothing to the transport.
enum Transport {
  static let takePart = MethodDescriptor(
    service: ServiceDescriptor(package: "weft", service: "Federation"), method: "TakePart")
  /// The name in the server's certificate that clients insist on, wherever it listens.
  static let serverName = "weft-server"
}

/// Messages are bytes.
struct BytesSerializer: MessageSerializer {
  func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) -> Bytes { Bytes(message) }
}

struct BytesDeserializer: MessageDeserializer {
  func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) -> [UInt8] {
    bytes.withUnsafeBytes { Array($0) }
  }
}

extension RPCError {
  private static let tooLong =
    "it sent a message of more than \(Frame.largestMessage >> 20) MB, which was not read"

  /// Why, in words a person understands.
  var sentence: String {
    let words = ([message] + (cause.map { ["\($0)"] } ?? [])).joined(separator: " ")
    return switch code {
    case .resourceExhausted: Self.tooLong
    case _ where words.contains("decode"): Self.tooLong
    case .unavailable, .cancelled, .unknown: "the connection broke"
    default: message
    }
  }
}

/// Why a handshake failed, in words, of either side.
enum Handshake {
  static func reason(_ text: String) -> String {
    for (mark, words) in [
      ("PEER_DID_NOT_RETURN_A_CERTIFICATE", "showed no certificate"),
      (
        "CERTIFICATE_VERIFY_FAILED", "showed a certificate of another authority, or one out of date"
      ),
      (
        "unableToValidateCertificate",
        "showed a certificate of another authority, or one out of date"
      ),
      ("UNKNOWN_CA", "does not accept the certificate it was shown"),
      ("ALERT_BAD_CERTIFICATE", "does not accept the certificate it was shown"),
      ("ALERT_CERTIFICATE", "does not accept the certificate it was shown"),
      ("DECRYPT_ERROR", "does not accept the certificate it was shown"),
      ("WRONG_VERSION_NUMBER", "does not speak TLS"), ("HTTP_REQUEST", "does not speak TLS"),
      ("EOF during handshake", "went away during the handshake"),
      ("UNEXPECTED_EOF", "went away during the handshake"),
      ("uncleanShutdown", "went away during the handshake"),
    ] where text.localizedCaseInsensitiveContains(mark) { return words }
    return "failed the handshake (\(text.prefix(200)))"
  }
}
