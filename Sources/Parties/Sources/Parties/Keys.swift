import Crypto
import Foundation
import SwiftASN1
import X509

/// Makes certificates and keys for trying a federation out: an authority of its own, a server, clients.
///
/// Keys are of the curve P-256. Whoever holds `ca.key` can make a client; it stays with whoever made it.
struct Keys {
  let folder: KeyFolder
  let clients: [String]
  /// For how long they are good.
  let days: Int

  /// - Returns: the files that were made.
  func make() throws -> [String] {
    do {
      try FileManager.default.createDirectory(
        atPath: folder.path, withIntermediateDirectories: true)
    } catch {
      throw PartyFailure(
        .failed, "'\(folder.path)' cannot be made; choose a folder that you may write in")
    }
    var made: [String] = []
    let authority = try authority(&made)
    for name in [KeyFolder.server] + clients where !exists(folder.key(of: name)) {
      let isServer = name == KeyFolder.server
      let key = P256.Signing.PrivateKey()
      let subject = try DistinguishedName {
        CommonName(isServer ? Transport.serverName : name)
      }
      let certificate = try Certificate(
        version: .v3, serialNumber: Certificate.SerialNumber(),
        publicKey: .init(key.publicKey), notValidBefore: now.addingTimeInterval(-60),
        notValidAfter: end, issuer: authority.subject, subject: subject,
        signatureAlgorithm: .ecdsaWithSHA256,
        extensions: try Certificate.Extensions {
          Critical(BasicConstraints.notCertificateAuthority)
          Critical(KeyUsage(digitalSignature: true))
          try ExtendedKeyUsage([isServer ? .serverAuth : .clientAuth])
          if isServer { SubjectAlternativeNames([.dnsName(Transport.serverName)]) }
        }, issuerPrivateKey: .init(authority.key))
      try write(certificate, key, name, &made)
    }
    return made
  }

  private var now: Date { Date() }
  private var end: Date { now.addingTimeInterval(Double(days) * 86_400) }

  private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// The authority that is there, or a new one.
  private func authority(
    _ made: inout [String]
  ) throws -> (subject: DistinguishedName, key: P256.Signing.PrivateKey) {
    let name = KeyFolder.authority
    let (certificateFile, keyFile) = (folder.certificate(of: name), folder.key(of: name))
    if exists(certificateFile) {
      guard let text = try? String(contentsOfFile: keyFile, encoding: .utf8),
        let key = try? P256.Signing.PrivateKey(pemRepresentation: text),
        let certificate = try? Certificate(
          pemEncoded: String(contentsOfFile: certificateFile, encoding: .utf8)),
        certificate.publicKey == .init(key.publicKey)
      else {
        throw PartyFailure(
          .data,
          "'\(certificateFile)' and '\(keyFile)' are no authority's certificate and key that go "
            + "together; name another folder")
      }
      return (certificate.subject, key)
    }
    let key = P256.Signing.PrivateKey()
    let subject = try DistinguishedName { CommonName("weft federation") }
    let certificate = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key.publicKey),
      notValidBefore: now.addingTimeInterval(-60), notValidAfter: end, issuer: subject,
      subject: subject, signatureAlgorithm: .ecdsaWithSHA256,
      extensions: try Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
        Critical(KeyUsage(keyCertSign: true))
      }, issuerPrivateKey: .init(key))
    try write(certificate, key, name, &made)
    return (subject, key)
  }

  private func write(
    _ certificate: Certificate, _ key: P256.Signing.PrivateKey, _ name: String,
    _ made: inout [String]
  ) throws {
    let keyFile = folder.key(of: name)
    // Nobody else ever reads a key.
    let descriptor = open(keyFile, O_WRONLY | O_CREAT | O_EXCL, 0o600)
    guard descriptor >= 0 else {
      throw PartyFailure(
        .failed, "'\(keyFile)' cannot be written: \(String(cString: strerror(errno)))")
    }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    try handle.write(contentsOf: Data(key.pemRepresentation.utf8))
    let certificateFile = folder.certificate(of: name)
    try Data(certificate.serializeAsPEM().pemString.utf8).write(
      to: URL(fileURLWithPath: certificateFile))
    made += [certificateFile, keyFile]
  }
}
