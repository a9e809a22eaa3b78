import Foundation
import GRPCNIOTransportHTTP2Posix

/// Where certificates and keys stand, in PEM: `ca.pem` of whom everybody trusts, `NAME.pem` and
/// `NAME.key` of each party. A party needs its own two files and `ca.pem`, nobody needs another's key.
struct KeyFolder {
  let path: String

  static let authority = "ca"
  static let server = "server"

  func certificate(of name: String) -> String { "\(path)/\(name).pem" }
  func key(of name: String) -> String { "\(path)/\(name).key" }

  /// Throws where files of a party that are needed are not there.
  func check(_ name: String) throws(PartyFailure) {
    for file in [certificate(of: Self.authority), certificate(of: name), key(of: name)]
    where !FileManager.default.isReadableFile(atPath: file) {
      throw PartyFailure(
        .data, "there is no '\(file)' that can be read; 'weft keys' makes certificates and keys")
    }
  }

  func chain(of name: String) -> [TLSConfig.CertificateSource] {
    [.file(path: certificate(of: name), format: .pem)]
  }

  func privateKey(of name: String) -> TLSConfig.PrivateKeySource {
    .file(path: key(of: name), format: .pem)
  }

  var trusted: TLSConfig.TrustRootsSource {
    .certificates([.file(path: certificate(of: Self.authority), format: .pem)])
  }
}

/// Why the program ends: an exit status and one sentence.
struct PartyFailure: Error {
  enum Status: Int32 {
    case failed = 1
    case usage = 2
    case data = 65
  }

  let status: Status
  let sentence: String

  init(_ status: Status, _ sentence: String) {
    self.status = status
    self.sentence = sentence
  }
}
