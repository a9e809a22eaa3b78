/// Small grey images in three parts: to train on, to choose by, and to be measured on at the end.
package struct ArchitectureImages: Sendable {
  package struct Part: Sendable {
    /// Image by image, row by row, about mean 0.
    package var pixels: [Float] = []
    package var labels: [Int] = []
    package var count: Int { labels.count }
  }

  package let side: Int
  package let classes: Int
  /// What a table of trained networks is for: the images' name.
  package let name: String
  package let training: Part
  /// What predictions and choices are made by.
  package let validation: Part
  /// What a trained network's accuracy is.
  package let test: Part

  /// Images to choose by, at most.
  private static let mostValidation = 400

  /// Of images that come with the program, which have no split of their own, 45 % to train on, 22 % to
  /// choose by and 33 % to measure on; of others a quarter of those to train on is to choose by. Images of
  /// more than 16 pixels a side are made half as large.
  package init(_ images: ImageSet, name: String, isOwnData: Bool) throws(KnobError) {
    let halves = images.side > 16
    side = halves ? images.side / 2 : images.side
    classes = images.classCount
    self.name = name
    guard images.side >= 4 else {
      throw KnobError(
        "images of \(images.side) pixels a side are too small; 4 are needed", ofData: true)
    }
    let white = Float(images.white)
    func read(_ part: ImageSet.Part, _ image: Int) -> [Float] {
      let first = image * images.pixelCount
      let grey = part.pixels[first..<first + images.pixelCount].map { Float($0) / white }
      guard halves else { return grey }
      let (old, new) = (images.side, images.side / 2)
      return (0..<new * new).map { place in
        let corner = place / new * 2 * old + place % new * 2
        return (grey[corner] + grey[corner + 1] + grey[corner + old] + grey[corner + old + 1]) / 4
      }
    }
    var all = Part()
    var (first, second) = (0, 0)
    for (index, part) in [images.training, images.test].enumerated() {
      let order = RandomKey(seed: 0, stream: .split, step: 7).permutation(part.labels.count)
      for image in order {
        all.pixels += read(part, image)
        all.labels.append(part.labels[image])
      }
      if index == 0 { first = order.count }
    }
    if isOwnData {
      second = first
      first -= min(first / 4, Self.mostValidation)
    } else {
      // The parts of embedded images are one set: shuffled again as such.
      let order = RandomKey(seed: 0, stream: .split, step: 8).permutation(all.count)
      let pixels = side * side
      all = Part(
        pixels: order.flatMap { all.pixels[$0 * pixels..<($0 + 1) * pixels] },
        labels: order.map { all.labels[$0] })
      first = all.count * 45 / 100
      second = first + min(all.count * 22 / 100, Self.mostValidation)
    }
    let pixels = side * side
    let training = all.pixels[..<(first * pixels)]
    let mean = training.reduce(0, +) / Float(max(training.count, 1))
    let square = training.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let deviation = max((square / Float(max(training.count, 1))).squareRoot(), 1e-3)
    func part(_ range: Range<Int>) -> Part {
      Part(
        pixels: all.pixels[range.lowerBound * pixels..<range.upperBound * pixels].map {
          ($0 - mean) / deviation
        }, labels: Array(all.labels[range]))
    }
    self.training = part(0..<first)
    validation = part(first..<second)
    test = part(second..<all.count)
    guard validation.count > 0, test.count > 0 else {
      throw KnobError("\(name): too few images to train on, choose by and measure on", ofData: true)
    }
  }

  /// Writes images of the training part and their labels, one-hot: x [rows, pixels], y [rows, classes].
  /// Allocates nothing.
  package func fillBatch(
    key: RandomKey, rows: Int, x: UnsafeMutableBufferPointer<Float>,
    y: UnsafeMutableBufferPointer<Float>
  ) {
    let pixels = side * side
    training.pixels.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress, let out = x.baseAddress else { return }
      key.forEachInteger(rows, below: training.count) { row, image in
        (out + row * pixels).update(from: base + image * pixels, count: pixels)
        for label in 0..<classes {
          y[row * classes + label] = training.labels[image] == label ? 1 : 0
        }
      }
    }
  }
}
