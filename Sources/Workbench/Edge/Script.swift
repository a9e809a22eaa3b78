import Foundation
import Terminal

/// The workbench played by a file instead of a person: no terminal, no clock but the script's own, so
/// that the same script, seed and build print the same. A line is one of
///
///     # a comment
///     SPACE l l*5 S-LEFT C-r      keys, as `Key.name` writes them; `*5` presses five times
///     :type 0.25                  characters, one after another
///     :wait step>=500             train until then; also paused, loss<0.01, seconds 4
///     :wait race                  until the methods have raced; also race>=50, in percent
///     :screen FILE                the screen as text; - is standard output
///     :json FILE                  the state as JSON
///     :size 80x24                 the terminal's size
///     :set rate 0.01              any other command, as the palette takes it
///
/// The run takes steps only while a line waits, a thousand a second of the script's clock at full
/// speed, and each key takes no time. Methods race only while a line waits for the race.
public struct Script: Sendable {
  enum Line: Sendable, Equatable {
    case keys([Key])
    case wait(Condition)
    case screen(String)
    case json(String)
    case size(Size)
    case command(String)
  }

  enum Condition: Sendable, Equatable {
    case step(Int)
    case lossBelow(Float)
    case paused
    case seconds(Double)
    /// So much of the race, from 0 to 1.
    case race(Double)
  }

  let name: String
  let lines: [(number: Int, line: Line)]

  /// The most bytes a script may have.
  private static let sizeLimit = 1 << 20
  /// The longest `:wait seconds`.
  private static let longestWait = 86_400.0

  /// Reads a script file, `-` being standard input. Nothing is run before all of it is understood.
  public static func read(_ path: String) throws(ScriptError) -> Script {
    let file = path == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: path)
    guard let file, let bytes = try? file.read(upToCount: sizeLimit + 1) ?? Data() else {
      throw ScriptError("\(path): the script cannot be read", exitStatus: 65)
    }
    guard bytes.count <= sizeLimit else {
      throw ScriptError("\(path): a script of more than 1 MB", exitStatus: 65)
    }
    guard let text = String(data: bytes, encoding: .utf8) else {
      throw ScriptError("\(path): the script is not UTF-8 text", exitStatus: 65)
    }
    return try Script(text, name: path == "-" ? "standard input" : path)
  }

  /// - Parameter name: what errors call it.
  public init(_ text: String, name: String) throws(ScriptError) {
    self.name = name
    var lines: [(Int, Line)] = []
    for (index, raw) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      let content = raw.drop { $0 == " " || $0 == "\t" }
      guard !content.isEmpty, !content.hasPrefix("#") else { continue }
      do throws(Problem) { lines.append((index + 1, try Script.line(content))) } catch {
        throw ScriptError("\(name):\(index + 1): \(error.text)", exitStatus: 65)
      }
    }
    self.lines = lines
  }

  /// What is wrong with a line.
  private struct Problem: Error { var text: String }

  private static func line(_ content: Substring) throws(Problem) -> Line {
    // A colon alone is the key that opens the palette.
    guard content.hasPrefix(":"), content.count > 1, !content.hasPrefix(": ") else {
      return .keys(try keys(content))
    }
    let words = content.dropFirst().split(separator: " ", maxSplits: 1)
    let rest = words.count > 1 ? words[1] : ""
    switch words.first {
    case "type": return .keys(rest.unicodeScalars.map(Key.character))
    case "wait": return .wait(try condition(rest.trimmed))
    case "screen": return .screen(try path(rest))
    case "json": return .json(try path(rest))
    case "size": return .size(try size(rest.trimmed))
    default:
      let name = String(words.first ?? "")
      guard CommandTable.row(named: name) != nil else {
        throw Problem(
          text: "there is no command '\(name)'; beside the palette's there are type, wait, screen, "
            + "json and size")
      }
      return .command(Substring(content.dropFirst()).trimmed)
    }
  }

  private static func keys(_ content: Substring) throws(Problem) -> [Key] {
    var keys: [Key] = []
    for word in content.split(whereSeparator: { $0 == " " || $0 == "\t" }) {
      let parts = word.split(separator: "*", maxSplits: 1)
      if let key = Key(name: String(word)) {
        keys.append(key)
      } else if parts.count == 2, let key = Key(name: String(parts[0])), let count = Int(parts[1]),
        (1...10_000).contains(count)
      {
        keys += Array(repeating: key, count: count)
      } else {
        throw Problem(
          text: "there is no key '\(word)'; keys stand one by one, as in h h SPACE C-r S-LEFT, and "
            + ":type takes text")
      }
    }
    return keys
  }

  private static func condition(_ text: String) throws(Problem) -> Condition {
    if text == "paused" { return .paused }
    if text == "race" { return .race(1) }
    let joined = text.filter { $0 != " " }
    if joined.hasPrefix("race>="), let percent = Double(joined.dropFirst(6)),
      (0...100).contains(percent)
    {
      return .race(percent / 100)
    }
    if joined.hasPrefix("step>="), let step = Int(joined.dropFirst(6)), step >= 0 {
      return .step(step)
    }
    if joined.hasPrefix("loss<"), let loss = Float(joined.dropFirst(5)), loss > 0 {
      return .lossBelow(loss)
    }
    if joined.hasPrefix("seconds"), let seconds = Double(joined.dropFirst(7)),
      (0...longestWait).contains(seconds)
    {
      return .seconds(seconds)
    }
    throw Problem(
      text:
        "wait takes step>=N, loss<X, paused, seconds N (up to a day), race or race>=N, not '\(text)'"
    )
  }

  private static func path(_ text: Substring) throws(Problem) -> String {
    let path = text.trimmed
    guard !path.isEmpty else { throw Problem(text: "a file name is missing; - is the output") }
    return path
  }

  private static func size(_ text: String) throws(Problem) -> Size {
    let parts = text.split { $0 == "x" || $0 == "×" }.map { Int($0) }
    guard parts.count == 2, let width = parts[0], let height = parts[1],
      (1...1000).contains(width), (1...1000).contains(height)
    else { throw Problem(text: "a size is written 120x36, each up to 1000, not '\(text)'") }
    return Size(width, height)
  }
}
