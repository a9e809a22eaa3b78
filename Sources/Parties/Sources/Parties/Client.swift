import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import PartyFrames

/// Takes part at a server that shows a certificate of the right authority, once: until the server ends it
/// or the connection breaks.
struct Client {
  let host: String
  let port: Int
  let keys: KeyFolder
  let name: String
  let pipe: FramePipe

  func run() async throws {
    try keys.check(name)
    let (messages, continuation) = AsyncStream<[UInt8]>.makeStream()
    Thread.detachNewThread { [pipe] in
      while let frame = pipe.next(), frame.kind == .message { continuation.yield(frame.bytes) }
      // Whoever is spoken for is gone.
      exit(0)
    }
    do {
      try await takePart(sending: messages)
      pipe.write(Frame(.left, name))
    } catch let error as RPCError {
      let cause = error.cause.map { ": \($0)" } ?? ""
      let all = (error.message + cause).split(whereSeparator: \.isWhitespace)
        .joined(separator: " ")
      let words =
        all.contains("handshake") || all.contains("SSL") ? "it \(Handshake.reason(all))" : all
      // What the server says is final; a connection may come back.
      let isFinal = [.aborted, .unauthenticated, .invalidArgument].contains(error.code)
      pipe.write(Frame(isFinal ? .refused : .left, name, saying: words))
    }
  }

  private func takePart(sending messages: AsyncStream<[UInt8]>) async throws {
    var config = HTTP2ClientTransport.Posix.Config.defaults
    config.http2.authority = Transport.serverName
    config.connection.keepalive = .init(
      time: .seconds(20), timeout: .seconds(10), allowWithoutCalls: false)
    let transport = try HTTP2ClientTransport.Posix(
      target: .dns(host: host, port: port),
      transportSecurity: .mTLS(
        certificateChain: keys.chain(of: name), privateKey: keys.privateKey(of: name)
      ) {
        $0.trustRoots = keys.trusted
        $0.serverCertificateVerification = .fullVerification
      }, config: config)
    let client = GRPCClient(transport: transport)
    var options = CallOptions.defaults
    options.maxResponseMessageBytes = Frame.largestMessage
    options.waitForReady = false
    let connections = Task { try await client.runConnections() }
    defer {
      client.beginGracefulShutdown()
      connections.cancel()
    }
    let (pipe, name) = (pipe, name)
    try await client.bidirectionalStreaming(
      request: StreamingClientRequest { writer in
        for await message in messages { try await writer.write(message) }
      }, descriptor: Transport.takePart, serializer: BytesSerializer(),
      deserializer: BytesDeserializer(), options: options
    ) { response in
      switch response.accepted {
      case .success(let contents):
        pipe.write(Frame(.joined, name))
        for try await part in contents.bodyParts {
          guard case .message(let bytes) = part else { continue }
          pipe.write(Frame(.message, name, bytes: bytes))
        }
      case .failure(let error): throw error
      }
    }
  }
}
