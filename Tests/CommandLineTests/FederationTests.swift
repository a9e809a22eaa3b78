import Foundation
import Glibc
import Testing

/// A server and four clients as processes that speak gRPC over TLS, on the loopback. `make test` builds
/// what speaks it.
@Suite(
  .serialized,
  .enabled("build weft-parties first: make parties") {
    let environment = ProcessInfo.processInfo.environment["WEFT_PARTIES"] ?? ""
    return FileManager.default.isExecutableFile(
      atPath: environment.isEmpty ? Program.path + "-parties" : environment)
  })
struct FederationTests {
  private static let names = ["inst1", "inst3", "inst12", "inst13"]

  /// Keys, and a folder with the tables of four hospitals.
  private func program() throws -> Program {
    let program = try Program()
    #expect(try program.run("deal", "hospitals", "all").status == 0)
    let keys = try program.run("keys", "keys", "--clients", Self.names.joined(separator: ","))
    #expect(keys.status == 0, "\(keys.complaints)")
    #expect(keys.lines.count == 12)
    let folder = program.folder.appendingPathComponent("four")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for name in Self.names {
      try FileManager.default.copyItem(
        atPath: program.file("all/\(name).csv"), toPath: program.file("four/\(name).csv"))
    }
    return program
  }

  private func serve(
    _ program: Program, _ subject: String = "hospitals", _ more: String...
  ) throws -> (running: Program.Running, address: String) {
    let server = try program.start(
      ["serve", subject, "--clients", "4", "--listen", "127.0.0.1:0", "--json"] + more)
    try server.wait(for: "the server") { server.output.contains("\"listening\"") }
    let line = try #require(server.output.split(separator: "\n").first)
    let event = try #require(
      try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    return (server, try #require(event["address"] as? String))
  }

  private func join(
    _ program: Program, _ name: String, _ address: String, _ more: String...
  ) throws -> Program.Running {
    try program.start(["join", address, "--data", "four/\(name).csv", "--json"] + more)
  }

  @Test func fourProcessesGiveTheNumbersOfOne() throws {
    let program = try program()
    let (server, address) = try serve(
      program, "hospitals", "--seed", "7", "--steps", "60", "--save", "many.json")
    let clients = try Self.names.map { try join(program, $0, address) }
    let ending = server.end()
    #expect(ending.status == 0, "\(ending.complaints)")
    for client in clients {
      let ending = client.end()
      #expect(ending.status == 0, "\(ending.complaints)")
      #expect(ending.output.contains("\"done\""))
    }
    let one = try program.run(
      "train", "hospitals", "--data", "four", "--seed", "7", "--steps", "60", "--save", "one.json",
      "--json")
    #expect(one.status == 0, "\(one.complaints)")
    let (many, alone) = (try program.session("many.json"), try program.session("one.json"))
    for member in ["variables", "history", "step"] {
      #expect((many[member] as? NSObject) == (alone[member] as? NSObject), "\(member) differs")
    }
  }

  @Test func aRoundGoesOnWithoutAClientThatIsKilledAndTheServerResumes() throws {
    let program = try program()
    let (server, address) = try serve(
      program, "hospitals", "--steps", "1000000", "--save", "s.json", "--save-every", "0.1",
      "--patience", "0.5")
    let clients = try Self.names.map { try join(program, $0, address, "--wait", "1") }
    func steps(_ running: Program.Running) -> Int {
      running.output.split(separator: "\n").count { $0.contains("\"step\"") }
    }
    try server.wait(for: "training") { steps(server) > 2 }
    clients[0].signal(SIGKILL)
    try server.wait(for: "news of it") { server.output.contains("\"left\",\"name\":\"inst1\"") }
    let before = steps(server)
    try server.wait(for: "more training") { steps(server) > before + 2 }
    // It comes back, and another one stops for a while.
    let again = try join(program, "inst1", address, "--wait", "1")
    try server.wait(for: "its return") { server.output.contains("\"back\":true") }
    clients[1].signal(SIGSTOP)
    try server.wait(for: "news of a slow one") { server.output.contains("\"slow\"") }
    clients[1].signal(SIGCONT)
    server.signal(SIGINT)
    #expect(server.end().status == 128 + SIGINT)
    for client in clients.dropFirst() + [again] {
      #expect(client.end().status == 1)
    }
    let step = try #require(try program.session("s.json")["step"] as? Int)
    let (second, there) = try serve(
      program, "s.json", "--steps", "\(step + 20)", "--save", "s.json")
    let returned = try Self.names.map { try join(program, $0, there) }
    #expect(second.end().status == 0)
    for client in returned { #expect(client.end().status == 0) }
    #expect(try program.session("s.json")["step"] as? Int == step + 20)
  }

  @Test func nobodyTakesPartWithoutAGoodCertificate() throws {
    let program = try program()
    #expect(try program.run("keys", "others", "--clients", "inst1").status == 0)
    // Knows the server's authority, and shows a certificate of another.
    try FileManager.default.removeItem(atPath: program.file("others/ca.pem"))
    try FileManager.default.copyItem(
      atPath: program.file("keys/ca.pem"), toPath: program.file("others/ca.pem"))
    let (server, address) = try serve(program)
    let wrong = try join(program, "inst1", address, "--keys", "others", "--wait", "0").end()
    #expect(wrong.status == 1)
    #expect(wrong.complaints.contains("cannot be reached"), "\(wrong.complaints)")
    try server.wait(for: "word of it") { server.output.contains("of another authority") }
    #expect(!server.output.contains("\"joined\""))
    server.signal(SIGTERM)
    #expect(server.end().status == 128 + SIGTERM)
  }

  /// Whoever wants to end does not wait for a client that is silent.
  @Test func aServerEndsThoughAClientIsSilent() throws {
    let program = try program()
    let (server, address) = try serve(
      program, "hospitals", "--steps", "1000000", "--patience", "100")
    let clients = try Self.names.map { try join(program, $0, address, "--wait", "0") }
    try server.wait(for: "training") { server.output.contains("\"step\"") }
    for client in clients { client.signal(SIGSTOP) }
    usleep(300_000)
    let begin = Date()
    server.signal(SIGINT)
    #expect(server.end().status == 128 + SIGINT)
    #expect(Date().timeIntervalSince(begin) < 30)
    for client in clients {
      client.signal(SIGCONT)
      _ = client.end()
    }
  }

  @Test func badInputGetsASentence() throws {
    let program = try program()
    for (arguments, status, words) in [
      (["serve", "hospitals"], 2, "--clients"),
      (["serve", "hospitals", "--clients", "2"], 2, "3 to 500"),
      (["serve", "hospitals", "--clients", "4", "--data", "four"], 2, "rows stay"),
      (["serve", "sine-family", "--clients", "4"], 2, "no clients"),
      (["serve", "hospitals", "--clients", "4", "--listen", "here"], 2, "HOST:PORT"),
      (["serve", "hospitals", "--clients", "4", "--keys", "nowhere"], 65, "weft keys"),
      (["join", "127.0.0.1:1", "--data", "four/inst1.csv", "--wait", "0"], 1, "cannot be reached"),
      (["join", "127.0.0.1:0", "--data", "four/inst1.csv"], 2, "HOST:PORT"),
      (["join", "127.0.0.1:1", "--data", "nothing.csv"], 65, "nothing.csv"),
      (["join", "127.0.0.1:1", "--data", "four/inst1.csv", "--name", "ca"], 2, "no name"),
      (["keys", "more", "--clients", "a,,b"], 2, "no name"),
      (["keys", "more", "--clients", "a,a"], 2, "twice"),
      (["deal", "hospitals", "all"], 2, "already"), (["deal", "char-lm", "x"], 2, "no clients"),
    ] {
      let ending = try program.start(arguments).end()
      #expect(ending.status == Int32(status), "\(arguments): \(ending.complaints)")
      #expect(ending.complaints.contains(words), "\(arguments): \(ending.complaints)")
      #expect(ending.complaints.hasPrefix("weft: ") && ending.complaints.hasSuffix("\n"))
    }
  }
}
