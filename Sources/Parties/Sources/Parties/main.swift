import Foundation
import PartyFrames

// The program that speaks gRPC over TLS for `weft serve` and `weft join`, and makes keys for `weft keys`.
// Whoever starts it has looked at the arguments; frames come and go by standard input and output.
//
//   weft-parties serve HOST PORT KEYS
//   weft-parties join HOST PORT KEYS NAME
//   weft-parties keys FOLDER DAYS NAME…

signal(SIGPIPE, SIG_IGN)
// A terminal's interrupt is for whoever started it.
signal(SIGINT, SIG_IGN)
signal(SIGHUP, SIG_IGN)
let arguments = Array(CommandLine.arguments.dropFirst())

func run() async throws {
  let pipe = FramePipe(reading: .standardInput, writing: .standardOutput)
  switch (arguments.first, arguments.count) {
  case ("serve", 4):
    guard let port = Int(arguments[2]) else { break }
    try await Server(
      host: arguments[1], port: port, keys: KeyFolder(path: arguments[3]), pipe: pipe
    ).run()
    return
  case ("join", 5):
    guard let port = Int(arguments[2]) else { break }
    try await Client(
      host: arguments[1], port: port, keys: KeyFolder(path: arguments[3]), name: arguments[4],
      pipe: pipe
    ).run()
    return
  case ("keys", 3...):
    guard let days = Int(arguments[2]) else { break }
    let made = try Keys(
      folder: KeyFolder(path: arguments[1]), clients: Array(arguments.dropFirst(3)), days: days
    ).make()
    for file in made { print(file) }
    return
  default: break
  }
  throw PartyFailure(
    .usage, "this is started by 'weft serve', 'weft join' and 'weft keys'; begin with those")
}

/// Ordinary mistakes in words.
func sentence(of text: String) -> (PartyFailure.Status, String?) {
  let (place, keys) =
    arguments.count > 3
    ? ("\(arguments[1]):\(arguments[2])", arguments[3]) : ("the address", "the keys")
  if text.contains("Address already in use") {
    return (.failed, "\(place) is taken by another program; choose another with --listen")
  }
  if text.contains("Permission denied"), text.contains("bind") {
    return (.failed, "\(place) cannot be listened at: permission denied; choose another port")
  }
  if text.contains("Cannot assign requested address") {
    return (.failed, "\(place) is no address of this machine; choose another with --listen")
  }
  if text.contains("SSL context") || text.contains("failedToLoad") {
    return (
      .data,
      "certificate and key in '\(keys)' cannot be used: one of them is none, or they do not go "
        + "together; 'weft keys' makes some"
    )
  }
  return (.failed, nil)
}

do {
  try await run()
} catch let failure as PartyFailure {
  FileHandle.standardError.write(Data("weft: \(failure.sentence)\n".utf8))
  exit(failure.status.rawValue)
} catch {
  let (status, sentence) = sentence(of: "\(error)")
  if let sentence {
    FileHandle.standardError.write(Data("weft: \(sentence)\n".utf8))
    exit(status.rawValue)
  }
  let words = "\(error)".split(whereSeparator: \.isWhitespace).joined(separator: " ")
  FileHandle.standardError.write(Data("weft: \(words.prefix(400))\n".utf8))
  exit(PartyFailure.Status.failed.rawValue)
}
