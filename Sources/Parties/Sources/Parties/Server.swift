import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import NIOCore
import NIOSSL
import NIOTLS
import PartyFrames
import SwiftASN1
import Synchronization
import X509

/// Listens for clients with certificates of the right authority and passes their messages on.
struct Server {
  let host: String
  let port: Int
  let keys: KeyFolder
  let pipe: FramePipe

  func run() async throws {
    try keys.check(KeyFolder.server)
    let hub = Hub(pipe: pipe)
    var config = HTTP2ServerTransport.Posix.Config.defaults
    config.rpc.maxRequestPayloadSize = Frame.largestMessage
    config.http2.maxConcurrentStreams = 1
    // A client whose machine is gone without a word is noticed.
    config.connection.keepalive.time = .seconds(10)
    config.connection.keepalive.timeout = .seconds(5)
    // So is a server by its clients.
    config.connection.keepalive.clientBehavior = .init(
      minPingIntervalWithoutCalls: .seconds(5), allowWithoutCalls: true)
    config.channelDebuggingCallbacks.onAcceptTCPConnection = { channel in
      channel.eventLoop.makeCompletedFuture {
        let pipeline = channel.pipeline.syncOperations
        // Behind whoever does the handshake: nobody else passes its failures on.
        try pipeline.addHandler(
          Doorman(pipe: pipe), position: .after(pipeline.handler(type: NIOSSLServerHandler.self)))
      }
    }
    let transport = HTTP2ServerTransport.Posix(
      address: host.contains(":")
        ? .ipv6(host: host, port: port) : .ipv4(host: host, port: port),
      transportSecurity: .mTLS(
        certificateChain: keys.chain(of: KeyFolder.server),
        privateKey: keys.privateKey(of: KeyFolder.server)
      ) {
        $0.trustRoots = keys.trusted
        $0.requireALPN = true
      }, config: config)
    let server = GRPCServer(transport: transport, services: [Service(hub: hub)])
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.serve() }
      group.addTask {
        // Where it does not come to listening, serving says why.
        guard let address = try? await server.listeningAddress else { return }
        let port = address.ipv4?.port ?? address.ipv6?.port ?? port
        pipe.write(
          Frame(.listening, (host.contains(":") ? "[\(host)]" : host) + ":\(port)"))
      }
      try await group.waitForAll()
    }
  }
}

/// Says who is turned away before anything they send is read: by the handshake, which has some seconds.
private final class Doorman: ChannelInboundHandler {
  typealias InboundIn = NIOAny
  private let pipe: FramePipe
  private var isIn = false
  private var closing: Scheduled<Void>?
  private static let patience = TimeAmount.seconds(10)

  init(pipe: FramePipe) { self.pipe = pipe }

  func handlerAdded(context: ChannelHandlerContext) {
    let channel = context.channel
    closing = context.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
  }

  func channelInactive(context: ChannelHandlerContext) {
    closing?.cancel()
    context.fireChannelInactive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .handshakeCompleted = event as? TLSUserEvent {
      isIn = true
      closing?.cancel()
    }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if !isIn, error is NIOSSLError || error is BoringSSLError {
      let remote = context.channel.remoteAddress
      let address = remote.map { "\($0.ipAddress ?? "?"):\($0.port ?? 0)" } ?? "somebody"
      pipe.write(Frame(.refused, address, saying: Handshake.reason("\(error)")))
    }
    context.fireErrorCaught(error)
  }
}

/// The call as the server answers it.
private struct Service: RegistrableRPCService {
  let hub: Hub

  func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
    router.registerHandler(
      forMethod: Parties.Transport.takePart, deserializer: BytesDeserializer(),
      serializer: BytesSerializer()
    ) { request, context in
      guard let name = Self.name(context) else {
        throw RPCError(code: .unauthenticated, message: "the certificate names nobody")
      }
      return StreamingServerResponse { writer in
        try await hub.take(name, messages: request.messages, writer: writer)
        return [:]
      }
    }
  }

  /// The common name of the client's certificate; the server's own is nobody's to take part with.
  private static func name(_ context: ServerContext) -> String? {
    let posix = context.transportSpecific as? HTTP2ServerTransport.Posix.Context
    guard let subject = posix?.peerCertificate?.subject else { return nil }
    for part in subject {
      for attribute in part where attribute.type == .RDNAttributeType.commonName {
        let name = String(describing: attribute.value)
        // As 'weft keys' makes them.
        return ClientName.isGood(name) && name != Parties.Transport.serverName ? name : nil
      }
    }
    return nil
  }
}

/// How many questions a client has yet to answer.
private final class Questions: Sendable {
  private let open = Mutex(0)

  func add() { open.withLock { $0 += 1 } }

  /// Returns whether there was one.
  func take() -> Bool {
    open.withLock { open in
      guard open > 0 else { return false }
      open -= 1
      return true
    }
  }
}

/// Who takes part at the moment.
actor Hub {
  private enum Order: Sendable {
    case send([UInt8])
    case dismiss(String)
  }

  private let pipe: FramePipe
  private var streams:
    [String: (number: Int, questions: Questions, orders: AsyncStream<Order>.Continuation)] = [:]
  private var count = 0

  init(pipe: FramePipe) {
    self.pipe = pipe
    Thread.detachNewThread { [self] in
      while let frame = pipe.next() {
        let done = DispatchSemaphore(value: 0)
        Task {
          await obey(frame)
          done.signal()
        }
        done.wait()
      }
      // Whoever is spoken for is gone.
      exit(0)
    }
  }

  private func obey(_ frame: Frame) {
    switch frame.kind {
    case .message:
      streams[frame.name]?.questions.add()
      streams[frame.name]?.orders.yield(.send(frame.bytes))
    case .dismiss: streams[frame.name]?.orders.yield(.dismiss(frame.words))
    default: break
    }
  }

  /// Passes messages on both ways until the client goes or is dismissed. Whoever comes again under a
  /// name takes its former place: its certificate says that it is the same.
  func take(
    _ name: String, messages: RPCAsyncSequence<[UInt8], any Error>, writer: RPCWriter<[UInt8]>
  ) async throws {
    let (orders, continuation) = AsyncStream<Order>.makeStream()
    streams[name]?.orders.yield(.dismiss("'\(name)' takes part from elsewhere now"))
    count += 1
    let number = count
    let questions = Questions()
    streams[name] = (number, questions, continuation)
    pipe.write(Frame(.joined, name))
    var reason = ""
    do {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for try await message in messages {
            // Whoever is not asked cannot fill anybody's memory.
            guard questions.take() else {
              throw RPCError(code: .invalidArgument, message: "it sent what nobody asked for")
            }
            await self.pass(message, from: name, number)
          }
        }
        group.addTask {
          for await order in orders {
            switch order {
            case .send(let bytes): try await writer.write(bytes)
            case .dismiss(""): return
            case .dismiss(let why): throw RPCError(code: .aborted, message: why)
            }
          }
        }
        try await group.next()
        group.cancelAll()
      }
    } catch {
      reason = (error as? RPCError)?.sentence ?? "the connection broke"
      leave(name, number, reason)
      throw error
    }
    leave(name, number, reason)
  }

  /// A message of a stream that nobody took the place of: an answer to its predecessor is none of its own.
  private func pass(_ message: [UInt8], from name: String, _ number: Int) {
    guard streams[name]?.number == number else { return }
    pipe.write(Frame(.message, name, bytes: message))
  }

  private func leave(_ name: String, _ number: Int, _ reason: String) {
    // A successor may have taken the place.
    guard streams[name]?.number == number else { return }
    streams[name]?.orders.finish()
    streams[name] = nil
    pipe.write(Frame(.left, name, saying: reason))
  }
}
