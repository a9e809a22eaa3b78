import Autodiff

/// Tasks made of one set of images, to be learned one after another: a few classes each, or all classes
/// with the pixels in an order of the task's own.
struct ImageTasks: TaskFamily {
  private enum Kind {
    /// Task t is classes t · n ..< (t + 1) · n.
    case split(classes: Int)
    /// Where pixel i of a task's image is found, task by task; the first is as it is.
    case permuted([[Int]])
  }

  /// Pictures in the target pane, and unseen images that its accuracy is measured on.
  private static let (shown, pictured) = (20, 200)

  let tasks: [TaskDescription]
  let inputCount: Int
  let outputCount: Int
  let objective = Objective.crossEntropy
  let evaluationCount: Int
  let pictureCount: Int
  private let kind: Kind
  private let images: ImageSet
  /// A task's images to train on, and unseen ones.
  private let training: [[Int]]
  private let unseen: [[Int]]
  /// What a pixel is multiplied by.
  private let scale: Float

  /// - Parameter most: unseen images that a task is measured on, where there are as many.
  init(splitting images: ImageSet, classes: Int, most: Int) throws(KnobError) {
    let count = images.classCount / classes
    guard count >= 2 else {
      throw KnobError(
        "\(images.classCount) classes are one task of \(classes); choose fewer classes a task")
    }
    self.init(
      images, .split(classes: classes), outputs: classes, most: most,
      names: (0..<count).map { task in
        let first = task * classes
        return classes == 2 ? "\(first)|\(first + 1)" : "\(first)–\(first + classes - 1)"
      }
    ) { task, label in label / classes == task }
  }

  init(permuting images: ImageSet, tasks: Int, most: Int) {
    let orders = (0..<tasks).map { task in
      task == 0
        ? Array(0..<images.pixelCount)
        : RandomKey(seed: 0, stream: .family, step: task).permutation(images.pixelCount)
    }
    self.init(
      images, .permuted(orders), outputs: images.classCount, most: most,
      names: (0..<tasks).map { $0 == 0 ? "as it is" : "order \($0 + 1)" }
    ) { _, _ in true }
  }

  private init(
    _ images: ImageSet, _ kind: Kind, outputs: Int, most: Int, names: [String],
    _ isOf: (_ task: Int, _ label: Int) -> Bool
  ) {
    self.images = images
    self.kind = kind
    func members(_ part: ImageSet.Part, _ task: Int) -> [Int] {
      part.labels.indices.filter { isOf(task, part.labels[$0]) }
    }
    training = names.indices.map { members(images.training, $0) }
    unseen = names.indices.map { members(images.test, $0) }
    tasks = names.map { TaskDescription($0, role: .training, attributes: []) }
    inputCount = images.pixelCount
    outputCount = outputs
    evaluationCount = min(unseen.map(\.count).min() ?? 0, most)
    pictureCount = min(evaluationCount, Self.pictured)
    scale = 1 / Float(images.white)
  }

  // MARK: Examples

  /// The class of an image within its task.
  private func target(_ label: Int, of task: Int) -> Int {
    switch kind {
    case .split(let classes): label - task * classes
    case .permuted: label
    }
  }

  private func copy(
    _ image: Int, of part: ImageSet.Part, task: Int, to x: UnsafeMutablePointer<Float>
  ) {
    part.pixels.withUnsafeBufferPointer { pixels in
      let source = image * inputCount
      switch kind {
      case .split: for i in 0..<inputCount { x[i] = Float(pixels[source + i]) * scale }
      case .permuted(let orders):
        orders[task].withUnsafeBufferPointer { order in
          for i in 0..<inputCount { x[i] = Float(pixels[source + order[i]]) * scale }
        }
      }
    }
  }

  private func write(
    _ image: Int, of part: ImageSet.Part, task: Int, row: Int,
    x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>
  ) {
    guard let inputs = x.baseAddress else { return }
    copy(image, of: part, task: task, to: inputs + row * inputCount)
    let right = target(part.labels[image], of: task)
    for label in 0..<outputCount { y[row * outputCount + label] = label == right ? 1 : 0 }
  }

  func fillBatch(
    tasks: UnsafeBufferPointer<Int>, examples: Int, key: RandomKey,
    x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>
  ) {
    for row in 0..<tasks.count * examples {
      let task = tasks[row / examples]
      let image = training[task][key.integer(below: training[task].count, index: row)]
      write(image, of: images.training, task: task, row: row, x: x, y: y)
    }
  }

  func fillEvaluation(x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>) {
    for task in tasks.indices {
      for (index, image) in unseen[task].prefix(evaluationCount).enumerated() {
        write(image, of: images.test, task: task, row: task * evaluationCount + index, x: x, y: y)
      }
    }
  }

  /// One number for each task: 1 for this one.
  func description(of task: Int) -> [Float] { tasks.indices.map { $0 == task ? 1 : 0 } }

  func neighbours(of task: Int) -> [(task: Int, weight: Float)] { [] }

  // MARK: The picture

  func fillPicture(reference: Int?, x: UnsafeMutableBufferPointer<Float>) {
    let task = reference ?? 0
    for (row, image) in unseen[task].prefix(pictureCount).enumerated() {
      guard let inputs = x.baseAddress else { return }
      copy(image, of: images.test, task: task, to: inputs + row * inputCount)
    }
  }

  func behaviour(reference: Int?, outputs: UnsafeBufferPointer<Float>) -> Behaviour {
    let task = reference ?? 0
    var right = 0
    var pixels = [Float](repeating: 0, count: inputCount)
    let examples = unseen[task].prefix(pictureCount).enumerated().map { row, image in
      if row < Self.shown {
        pixels.withUnsafeMutableBufferPointer { buffer in
          buffer.baseAddress.map { copy(image, of: images.test, task: task, to: $0) }
        }
      }
      let example = Behaviour.Images.Example(
        pixels: row < Self.shown ? pixels : [],
        label: target(images.test.labels[image], of: task),
        probabilities: softmax(outputs[row * outputCount..<(row + 1) * outputCount]))
      if example.predicted == example.label { right += 1 }
      return example
    }
    let names: [String] =
      switch kind {
      case .split(let classes): (0..<classes).map { "\(task * classes + $0)" }
      case .permuted: (0..<outputCount).map(String.init)
      }
    return .images(
      .init(
        width: images.side, height: images.side, classNames: names,
        examples: Array(examples.prefix(Self.shown)),
        accuracy: Float(right) / Float(max(pictureCount, 1)), accuracyCount: pictureCount))
  }
}
