/// The scikit-learn digits dealt out to clients that see only some of the ten classes each; every client
/// has as many images as every other, no image is two clients', and a quarter of each client's is unseen.
/// The last tenth of the clients, at least one, come late: nobody trains with them.
package struct ClientDigits: ClientFamily {
  private static let classes = 10
  private static let pixels = Digits.side * Digits.side
  /// Pictures in the target pane.
  private static let shown = 20
  /// Fewer images of a class than that cannot be parted into seen and unseen ones.
  static let fewest = 4

  package let tasks: [TaskDescription]
  package let rows: ClientRows
  package let objective = Objective.crossEntropy
  package var imageSide: Int? { Digits.side }

  /// - Parameters:
  ///   - classes: how many a client sees.
  ///   - split: which of the ways to deal them out.
  package init(clients: Int, classes: Int, split: Int) throws(KnobError) {
    let digits: Digits
    do { digits = try Digits.load() } catch {
      throw KnobError("the embedded digits cannot be read: \(String(describing: error))")
    }
    let held = Self.deal(clients: clients, classes: classes, split: split)
    let holders = (0..<Self.classes).map { label in held.count { $0.contains(label) } }
    var images = (0..<Self.classes).map { label in
      digits.labels.indices.filter { digits.labels[$0] == label }
    }
    let each = zip(images, holders).map { $0.count / max($1, 1) }.min() ?? 0
    guard each >= Self.fewest else {
      throw KnobError(
        "\(clients) clients of \(classes) classes each have \(each) images of a class, too few to "
          + "learn from; choose fewer clients or classes")
    }
    for label in images.indices {
      let order = RandomKey(seed: UInt64(split), stream: .split, step: 1 + label)
        .permutation(images[label].count)
      images[label] = order.map { images[label][$0] }
    }
    let unseen = max(each / 4, 1)
    var dealt: [ClientRows.Client] = []
    for labels in held {
      var client = ClientRows.Client()
      for label in labels {
        let own = images[label].prefix(each).map { image in
          (
            x: Array(digits.pixels[image * Self.pixels..<(image + 1) * Self.pixels]),
            y: (0..<Self.classes).map { $0 == label ? Float(1) : 0 }
          )
        }
        images[label].removeFirst(each)
        client.unseen += own.prefix(unseen)
        client.training += own.dropFirst(unseen)
      }
      dealt.append(client)
    }
    rows = ClientRows(dealt, inputs: Self.pixels, outputs: Self.classes)
    let late = Self.lateCount(of: clients)
    tasks = held.enumerated().map { index, labels in
      let isLate = index >= clients - late
      return TaskDescription(
        isLate ? "late\(index - (clients - late) + 1)" : "c\(index + 1)",
        role: isLate ? .heldOut : .training,
        attributes: Self.attributes(labels: labels))
    }
  }

  static func lateCount(of clients: Int) -> Int { max(clients / 10, 1) }

  static func attributes(labels: [Int]) -> [TaskDescription.Attribute] {
    labels.sorted().prefix(3).enumerated().map {
      .init($0 == 0 ? "digits" : $0 == 1 ? "and" : "…", Double($1))
    }
  }

  /// Which classes every client sees: all different, every class as often as every other where it can be.
  private static func deal(clients: Int, classes: Int, split: Int) -> [[Int]] {
    var waiting: [Int] = []
    var round = 0
    return (0..<clients).map { _ in
      var own: [Int] = []
      while own.count < classes {
        if let place = waiting.firstIndex(where: { !own.contains($0) }) {
          own.append(waiting.remove(at: place))
        } else {
          waiting += RandomKey(seed: UInt64(split), stream: .family, step: round)
            .permutation(Self.classes)
          round += 1
        }
      }
      return own
    }
  }

  // All of a client's unseen images.
  package var pictureCount: Int { rows.evaluationCount }

  package func fillPicture(reference: Int?, x: UnsafeMutableBufferPointer<Float>) {
    for place in 0..<pictureCount {
      let row = rows.unseenRow(place, of: reference ?? 0)
      for i in 0..<Self.pixels { x[place * Self.pixels + i] = rows.x[row * Self.pixels + i] }
    }
  }

  package func behaviour(reference: Int?, outputs: UnsafeBufferPointer<Float>) -> Behaviour {
    var right = 0
    let examples = (0..<pictureCount).map { place in
      let row = rows.unseenRow(place, of: reference ?? 0)
      let one = rows.y[row * Self.classes..<(row + 1) * Self.classes]
      let example = Behaviour.Images.Example(
        pixels: Array(rows.x[row * Self.pixels..<(row + 1) * Self.pixels]),
        label: one.firstIndex(of: 1).map { $0 - one.startIndex } ?? 0,
        probabilities: softmax(outputs[place * Self.classes..<(place + 1) * Self.classes]))
      if example.predicted == example.label { right += 1 }
      return example
    }
    // Classes stand in blocks: every so manieth shows all of them.
    let stride = max(examples.count / Self.shown, 1)
    let shown = Swift.stride(from: 0, to: examples.count, by: stride).map { examples[$0] }
    return .images(
      .init(
        width: Digits.side, height: Digits.side,
        classNames: (0..<Self.classes).map(String.init), examples: Array(shown.prefix(Self.shown)),
        accuracy: Float(right) / Float(max(examples.count, 1)), accuracyCount: examples.count))
  }
}
