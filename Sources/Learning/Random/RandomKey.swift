import CKernels

/// Names one sequence of random numbers: the same seed, stream and step give the same numbers on
/// every run, whatever was drawn before. So the random state of a session is its seed and its step.
public struct RandomKey: Hashable, Sendable {
  /// What the numbers are for; streams of one seed never overlap.
  public enum Stream: UInt32, Sendable {
    case initialization = 1
    case batch
    case inputs
    case noise
    case family
    case evaluation
    case support
    case split
    case restart
    case grain
    case shots
    case openTasks
    case speech
    case episode
    case attendance
    case architecture
    case blend
  }

  public var seed: UInt64
  public var stream: Stream
  public var step: UInt64

  public init(seed: UInt64, stream: Stream, step: Int = 0) {
    self.seed = seed
    self.stream = stream
    self.step = UInt64(bitPattern: Int64(step))
  }

  private var key: weft_random_key {
    weft_random_key(seed: seed, stream: stream.rawValue, step: step)
  }

  /// Fills with numbers evenly spread over [low, high); element i is number `first + i` of the key.
  public func fillUniform(
    _ out: UnsafeMutableBufferPointer<Float>, from low: Float = 0, to high: Float = 1,
    first: Int = 0
  ) {
    guard let base = out.baseAddress else { return }
    weft_random_uniform(key, UInt64(first), low, high, base, out.count)
  }

  /// Fills with normal numbers of the given mean and standard deviation.
  public func fillNormal(
    _ out: UnsafeMutableBufferPointer<Float>, mean: Float = 0, deviation: Float = 1, first: Int = 0
  ) {
    guard let base = out.baseAddress else { return }
    weft_random_normal(key, UInt64(first), mean, deviation, base, out.count)
  }

  /// `count` numbers of a uniform distribution as an array.
  public func uniform(_ count: Int, from low: Float = 0, to high: Float = 1) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      fillUniform(UnsafeMutableBufferPointer(rebasing: buffer[..<count]), from: low, to: high)
      filled = count
    }
  }

  /// `count` numbers of a normal distribution as an array.
  public func normal(_ count: Int, deviation: Float = 1) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      fillNormal(UnsafeMutableBufferPointer(rebasing: buffer[..<count]), deviation: deviation)
      filled = count
    }
  }

  /// A whole number in 0 ..< bound, number `index` of the key; free of modulo bias to 1 in 2³².
  public func integer(below bound: Int, index: Int) -> Int {
    var bits: UInt32 = 0
    weft_random_bits(key, UInt64(index), &bits, 1)
    return RandomKey.scaled(bits, below: bound)
  }

  private static func scaled(_ bits: UInt32, below bound: Int) -> Int {
    Int((UInt64(bits) * UInt64(bound)) >> 32)
  }

  /// Calls `body` with each index below `count` and ``integer(below:index:)`` at `first + index`, made
  /// many at a time.
  public func forEachInteger(
    _ count: Int, below bound: Int, first: Int = 0, _ body: (_ index: Int, _ number: Int) -> Void
  ) {
    // What one call makes anyway.
    let batch = 64
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: batch) { bits in
      guard let base = bits.baseAddress else { return }
      for start in stride(from: 0, to: count, by: batch) {
        let length = min(batch, count - start)
        weft_random_bits(key, UInt64(first + start), base, length)
        for i in 0..<length {
          body(start + i, RandomKey.scaled(bits[i], below: bound))
        }
      }
    }
  }

  /// Puts `count` different numbers below `order.count` at its front: the beginning of a Fisher–Yates
  /// shuffle, from the same order every time. Allocates nothing.
  func choose(_ count: Int, from order: UnsafeMutableBufferPointer<Int>) {
    for index in order.indices { order[index] = index }
    for index in 0..<count {
      order.swapAt(index, index + integer(below: order.count - index, index: index))
    }
  }

  /// The numbers 0 ..< count in random order (Fisher–Yates).
  public func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for i in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(i, integer(below: i + 1, index: i))
    }
    return order
  }
}
