import Autodiff
import Foundation

/// The scikit-learn digits turned by 24 angles, 15° apart: a task is an angle, and every fourth angle
/// is held out. One image in five is unseen: it is used for evaluation at every angle and never
/// trained or fitted on.
struct RotatedDigits: TaskFamily {
  /// Decoded once, on first use; the error is a sentence.
  static let shared = Result { () throws(KnobError) in try RotatedDigits() }

  static let angleCount = 24
  private static let side = Digits.side
  private static let pixels = side * side
  private static let classes = 10
  /// Pictures in the target pane, and unseen images its accuracy is measured on.
  private static let shown = 20

  let tasks: [TaskDescription]
  let inputCount = pixels
  let outputCount = classes
  let objective = Objective.crossEntropy
  let evaluationCount: Int

  /// Which of the 24 angles each task is.
  private let angles: [Int]
  /// Every image at every angle: [angle][image][pixel].
  private let images: [Float]
  private let labels: [Int]
  private let training: [Int]
  private let unseen: [Int]

  private init() throws(KnobError) {
    let digits: Digits
    do { digits = try Digits.load() } catch {
      throw KnobError("the embedded digits cannot be read: \(String(describing: error))")
    }
    let count = digits.labels.count
    let everyAngle = Array(0..<Self.angleCount)
    angles = everyAngle.filter { $0 % 4 != 2 } + everyAngle.filter { $0 % 4 == 2 }
    tasks = angles.map { angle in
      let degrees = angle * 360 / Self.angleCount
      return TaskDescription(
        "\(degrees)°", role: angle % 4 == 2 ? .heldOut : .training,
        attributes: [.init("angle", Double(degrees), unit: "°")])
    }
    var images: [Float] = []
    images.reserveCapacity(Self.angleCount * count * Self.pixels)
    for angle in everyAngle {
      let turn = ImageRotation(
        side: Self.side, degrees: Float(angle) * 360 / Float(Self.angleCount))
      images += turn(digits.pixels)
    }
    self.images = images
    labels = digits.labels
    let order = RandomKey(seed: 0, stream: .split).permutation(count)
    unseen = Array(order[..<(count / 5)])
    training = Array(order[(count / 5)...])
    evaluationCount = unseen.count
  }

  private func copy(
    image: Int, task: Int, to row: Int, x: UnsafeMutableBufferPointer<Float>,
    y: UnsafeMutableBufferPointer<Float>
  ) {
    let source = (angles[task] * labels.count + image) * Self.pixels
    images.withUnsafeBufferPointer { images in
      for i in 0..<Self.pixels { x[row * Self.pixels + i] = images[source + i] }
    }
    for label in 0..<Self.classes {
      y[row * Self.classes + label] = label == labels[image] ? 1 : 0
    }
  }

  func fillBatch(
    tasks: UnsafeBufferPointer<Int>, examples: Int, key: RandomKey,
    x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>
  ) {
    key.forEachInteger(tasks.count * examples, below: training.count) { row, image in
      copy(image: training[image], task: tasks[row / examples], to: row, x: x, y: y)
    }
  }

  func fillEvaluation(x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>) {
    for row in 0..<tasks.count * evaluationCount {
      copy(
        image: unseen[row % evaluationCount], task: row / evaluationCount, to: row, x: x, y: y)
    }
  }

  func neighbours(of task: Int) -> [(task: Int, weight: Float)] {
    guard tasks[task].role == .heldOut else { return [] }
    let around = [angles[task] - 1, angles[task] + 1].map {
      ($0 + Self.angleCount) % Self.angleCount
    }
    return around.compactMap { angles.firstIndex(of: $0) }.map { ($0, 0.5) }
  }

  /// The angle as a point of the circle.
  func description(of task: Int) -> [Float] {
    let angle = 2 * Float.pi * Float(angles[task]) / Float(Self.angleCount)
    return [cosf(angle), sinf(angle)]
  }

  var pictureCount: Int { unseen.count }

  func fillPicture(reference: Int?, x: UnsafeMutableBufferPointer<Float>) {
    let angle = angles[reference ?? 0]
    for (row, image) in unseen.enumerated() {
      let source = (angle * labels.count + image) * Self.pixels
      for i in 0..<Self.pixels { x[row * Self.pixels + i] = images[source + i] }
    }
  }

  func behaviour(reference: Int?, outputs: UnsafeBufferPointer<Float>) -> Behaviour {
    let angle = angles[reference ?? 0]
    var right = 0
    let examples = unseen.enumerated().map { row, image in
      let logits = outputs[row * Self.classes..<(row + 1) * Self.classes]
      let probabilities = softmax(logits)
      let source = (angle * labels.count + image) * Self.pixels
      let example = Behaviour.Images.Example(
        pixels: row < Self.shown ? Array(images[source..<source + Self.pixels]) : [],
        label: labels[image], probabilities: probabilities)
      if example.predicted == example.label { right += 1 }
      return example
    }
    return .images(
      .init(
        width: Self.side, height: Self.side, classNames: (0..<Self.classes).map(String.init),
        examples: Array(examples.prefix(Self.shown)),
        accuracy: Float(right) / Float(max(unseen.count, 1)), accuracyCount: unseen.count))
  }
}
