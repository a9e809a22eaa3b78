import Foundation

/// exp(xᵢ) / Σ exp(xⱼ), of finite numbers of any size.
package func softmax(_ logits: Slice<UnsafeBufferPointer<Float>>) -> [Float] {
  let top = logits.max() ?? 0
  let powers = logits.map { expf($0 - top) }
  let sum = powers.reduce(0, +)
  return powers.map { $0 / sum }
}

/// The class that scores highest.
package func likeliest(_ logits: Slice<UnsafeBufferPointer<Float>>) -> Int {
  let best = logits.indices.max { logits[$0] < logits[$1] } ?? logits.startIndex
  return best - logits.startIndex
}

/// Counts, image by image, how well a classifier does.
package struct ClassificationTally: Sendable {
  package private(set) var count = 0
  private var right = 0
  private var sum: Float = 0

  package init() {}

  package mutating func add(_ logits: Slice<UnsafeBufferPointer<Float>>, label: Int) {
    count += 1
    sum -= logf(max(softmax(logits)[label], 1e-12))
    if likeliest(logits) == label { right += 1 }
  }

  /// The mean cross-entropy.
  package var loss: Float { sum / Float(max(count, 1)) }
  package var accuracy: Float { Float(right) / Float(max(count, 1)) }
}

extension Objective {
  /// What a person reads beside the loss: the share of examples whose largest output is the right
  /// class. Nil for regressions, whose loss says it all.
  /// - Parameters:
  ///   - outputs: [examples, classes] of one task.
  ///   - targets: one-hot, the same shape.
  public func accuracy(
    outputs: UnsafeBufferPointer<Float>, targets: UnsafeBufferPointer<Float>, classes: Int
  ) -> Float? {
    guard case .crossEntropy = self, classes > 0, outputs.count >= classes else { return nil }
    let rows = outputs.count / classes
    var right = 0
    for row in 0..<rows {
      var best = row * classes
      for i in row * classes..<(row + 1) * classes where outputs[i] > outputs[best] { best = i }
      if targets[best] == 1 { right += 1 }
    }
    return Float(right) / Float(rows)
  }
}
