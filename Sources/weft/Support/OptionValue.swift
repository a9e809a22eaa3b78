/// Values of options as they are typed. Each throws what the option takes, in words that follow the
/// parser's "the value '-1' is invalid for '--seed <number>':".
enum OptionValue {
  static func seed(_ text: String) throws(Failure) -> UInt64 {
    guard let seed = UInt64(text) else {
      throw Failure(.usage, "a seed is a whole number from 0 to \(UInt64.max)")
    }
    return seed
  }

  static func threads(_ text: String) throws(Failure) -> Int {
    guard let threads = Int(text), (1...256).contains(threads) else {
      throw Failure(.usage, "--threads takes a whole number from 1 to 256")
    }
    return threads
  }

  static func benchSeconds(_ text: String) throws(Failure) -> Double {
    guard let seconds = Double(text), (0...3600).contains(seconds) else {
      throw Failure(.usage, "--seconds takes a number from 0 to 3600")
    }
    return seconds
  }
}
