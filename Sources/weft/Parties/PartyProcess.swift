import Dispatch
import Foundation
import PartyFrames
import Synchronization
import Training

/// The program that speaks gRPC, started beside this one: frames go to it and come from it. It ends when
/// this process does.
final class PartyProcess: PartyWire {
  private let process: Process
  private let pipe: FramePipe
  private let inbox = Mutex<[Frame]>([])
  private let arrived = DispatchSemaphore(value: 0)

  static let name = "weft-parties"

  /// Where it is: beside this program, or where WEFT_PARTIES says.
  private static func path() throws(Failure) -> String {
    if let path = ProcessInfo.processInfo.environment["WEFT_PARTIES"], !path.isEmpty {
      guard FileManager.default.isExecutableFile(atPath: path) else {
        throw Failure(.usage, "WEFT_PARTIES is '\(path)', which cannot be run; name \(name)")
      }
      return path
    }
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let path = URL(fileURLWithPath: own).deletingLastPathComponent()
      .appendingPathComponent(name).path
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw Failure(
        .failed, "there is no '\(path)', which speaks gRPC for weft; 'make parties' builds it")
    }
    return path
  }

  /// Starts it, to talk to.
  init(_ arguments: [String]) throws(Failure) {
    let (toIt, fromIt) = (Pipe(), Pipe())
    process = Process()
    process.executableURL = URL(fileURLWithPath: try Self.path())
    process.arguments = arguments
    process.standardInput = toIt
    process.standardOutput = fromIt
    pipe = FramePipe(
      reading: fromIt.fileHandleForReading, writing: toIt.fileHandleForWriting)
    do { try process.run() } catch {
      throw Failure(.failed, "\(Self.name) cannot be started: \(error)")
    }
    Thread.detachNewThread { [self] in
      while let frame = pipe.next() {
        inbox.withLock { $0.append(frame) }
        arrived.signal()
      }
      arrived.signal()
    }
  }

  /// Runs it to its end; what it says on standard output.
  static func output(_ arguments: [String]) throws(Failure) -> String {
    let output = Pipe()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try path())
    process.arguments = arguments
    process.standardOutput = output
    do { try process.run() } catch {
      throw Failure(.failed, "\(name) cannot be started: \(error)")
    }
    let data = (try? output.fileHandleForReading.readToEnd()) ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure(exit: process.terminationStatus)
    }
    return String(decoding: data, as: UTF8.self)
  }

  func send(_ message: [UInt8], to client: String) {
    pipe.write(Frame(.message, client, bytes: message))
  }

  func dismiss(_ client: String, saying reason: String) {
    pipe.write(Frame(.dismiss, client, saying: reason))
  }

  func next(within seconds: Double) -> PartyEvent? {
    _ = arrived.wait(timeout: .now() + seconds)
    let frame = inbox.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    guard let frame else {
      guard !process.isRunning else { return nil }
      return .closed("\(Self.name) ended")
    }
    switch frame.kind {
    case .listening: return .listening(frame.name)
    case .joined: return .joined(frame.name)
    case .message: return .message(frame.name, frame.bytes)
    case .left: return .left(frame.name, frame.words)
    case .refused: return .refused(frame.name, frame.words)
    case .dismiss: return nil
    }
  }

  /// Why it ended, where that was not in good order; of an exit status it has said why itself.
  var failure: Failure? {
    guard !process.isRunning else { return nil }
    guard process.terminationReason == .exit else {
      return Failure(
        .failed, "\(Self.name) was ended by signal \(process.terminationStatus); start again")
    }
    return process.terminationStatus == 0 ? nil : Failure(exit: process.terminationStatus)
  }

  func stop() { if process.isRunning { process.terminate() } }
}

/// HOST:PORT, taken apart.
struct PartyAddress {
  private(set) var host: String
  let port: Int

  /// - Parameter isFixed: whether port 0, any that is free, is none.
  init(_ text: String, isFixed: Bool) throws(Failure) {
    guard let colon = text.lastIndex(of: ":"),
      let port = Int(text[text.index(after: colon)...]), (isFixed ? 1 : 0)...65535 ~= port
    else {
      throw Failure(
        .usage, "an address is HOST:PORT, such as 127.0.0.1:7413, not '\(text)'")
    }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    guard !host.isEmpty, host.allSatisfy({ $0.isLetter || $0.isNumber || ".:-_".contains($0) })
    else { throw Failure(.usage, "'\(text)' names no host") }
    self.host = host
    self.port = port
  }

  /// The same where one can listen: at an address in numbers, or at `localhost`.
  func listening() throws(Failure) -> PartyAddress {
    var copy = self
    if host == "localhost" { copy.host = "127.0.0.1" }
    var (four, six) = (in_addr(), in6_addr())
    guard inet_pton(AF_INET, copy.host, &four) == 1 || inet_pton(AF_INET6, copy.host, &six) == 1
    else {
      throw Failure(
        .usage,
        "'\(host)' is no address to listen at; give one in numbers, such as 127.0.0.1 or 0.0.0.0")
    }
    return copy
  }

  var text: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }
}

/// A party's name: what its files and its certificate are called.
enum PartyName {
  static func check(_ name: String) throws(Failure) {
    let isGood =
      ClientName.isGood(name) && !name.hasPrefix(".")
      && !["ca", "server", "weft-server"].contains(name)
    guard isGood else {
      throw Failure(
        .usage,
        "'\(name)' is no name for a client; names are up to 64 letters, digits, '.', '-' and '_', and "
          + "neither 'ca' nor 'server'")
    }
  }
}
