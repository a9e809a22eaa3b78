import Learning

/// Random decisions and mutations, the same for the same seed and index.
struct ByteSource {
  private let key: RandomKey
  private var position = 0

  init(seed: UInt64, index: Int) { key = RandomKey(seed: seed, stream: .batch, step: index) }

  mutating func below(_ count: Int) -> Int {
    position += 1
    return key.integer(below: max(count, 1), index: position)
  }

  mutating func chance(_ share: Double) -> Bool { Double(below(1 << 20)) < share * Double(1 << 20) }

  /// One to eight of: a flipped bit, another byte, a cut, a doubled or moved piece, a number or a
  /// token that readers stumble over.
  mutating func mutated(_ original: [UInt8]) -> [UInt8] {
    var bytes = original
    for _ in 0...below(8) { mutate(&bytes) }
    return bytes
  }

  private mutating func mutate(_ bytes: inout [UInt8]) {
    let place = below(bytes.count + 1)
    let piece = place..<min(bytes.count, place + 1 + below(chance(0.9) ? 16 : 4096))
    switch below(9) {
    case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8(below(8))
    case 1 where place < bytes.count: bytes[place] = UInt8(below(256))
    case 2: bytes.removeSubrange(chance(0.2) ? place..<bytes.count : piece)
    case 3: bytes.insert(contentsOf: bytes[piece], at: below(bytes.count + 1))
    case 4, 5, 6: replaceNumber(in: &bytes, near: place)
    case 7: bytes.insert(contentsOf: token(), at: place)
    default:
      let depth = 1 << below(16)
      bytes.insert(
        contentsOf: Array(repeating: UInt8(ascii: chance(0.5) ? "[" : "{"), count: depth), at: place
      )
    }
  }

  /// Puts a number that makes trouble in the place of one that is there.
  private mutating func replaceNumber(in bytes: inout [UInt8], near place: Int) {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard let start = bytes[min(place, bytes.count)...].firstIndex(where: digits.contains) else {
      return
    }
    let end = bytes[start...].firstIndex { !digits.contains($0) } ?? bytes.count
    let numbers = [
      "0", "-1", "1", "7", "1000000000000", "9223372036854775807", "9223372036854775808",
      "18446744073709551616", "1e400", "-1e-400", "NaN", "1e12", "0.5", "null", "\"1\"", "[]",
    ]
    bytes.replaceSubrange(start..<end, with: Array(numbers[below(numbers.count)].utf8))
  }

  private mutating func token() -> [UInt8] {
    let tokens = [
      "\"", "}", "]", ",", ":", "null", "true", "{}", "\u{0}", "\u{FEFF}", "&a ", "*a", "!!binary ",
      "- ", "\n", "\t", "%", "--", "=", "\\u0000", "\\ud800", "e", "🧵",
    ]
    return chance(0.1) ? [0xFF, 0xC0, 0x80] : Array(tokens[below(tokens.count)].utf8)
  }
}

/// What mutations begin with.
enum Vocabulary {
  static let commandLine = [
    "open", "list", "train", "show", "generate", "bench", "completions", "manual", "help",
    "sine-family", "digit-views", "three-polynomials", "session.json", "--steps", "100", "-5",
    "--seed", "42", "99999999999999999999", "--set", "rate=0.1", "beta=", "=1", "target-widths=8-8",
    "contexts=1e9", "--threads", "2", "--save", "/tmp", "--json", "--task", "s1", "--context",
    "0.1,-2,nan", "--between", "s1", "s2", "0.5", "--output", "out.safetensors", "--theme", "paper",
    "--ascii", "--script", "--size", "120x36", "0x-1", "--no-autosave", "--save-every", "inf", "--",
    "-", "", "--help", "-h", "--version", "bash", "all", "multitask-small", "--seconds", "1e308",
    "---completion", "--generate-completion-script", "--experimental-dump-help", "é", "\u{0}",
  ]

  static let base16 =
    "system: \"base16\"\nname: \"Plain\"\nauthor: \"nobody\"\n"
    + (0..<16).map { "base0\(String($0, radix: 16).uppercased()): \"\(color($0))\"\n" }.joined()

  static let palette =
    "system: base24\nname: Deep\nvariant: dark\npalette:\n"
    + (0..<24).map {
      "  base\($0 < 16 ? "0" : "1")\(String($0 % 16, radix: 16).uppercased()): \"#\(color($0))\"\n"
    }.joined()

  private static func color(_ index: Int) -> String {
    let digits = String(index * 10 + 10, radix: 16)
    return String(repeating: digits.count < 2 ? "0" + digits : digits, count: 3)
  }

  /// Small ones, so that thousands are read in a minute.
  static let sessions: [(experiment: String, settings: [(String, String)])] = [
    ("three-polynomials", []),
    (
      "sine-family",
      [("hyper-widths", "4"), ("target-widths", "3"), ("contexts", "2"), ("examples", "4")]
    ),
  ]
}
