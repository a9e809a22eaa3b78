/// Episodes of N-way K-shot classification without end: an episode is N characters of one script, some
/// images of each to learn from (the support set) and others to tell apart (queries).
///
/// An episode's number determines its characters, and which of their images are support and which are
/// queries; a key then draws images of a part and distorts each anew. Plain functions of both: the
/// same number and key give the same images, and nothing is allocated.
package struct Episodes: Sendable {
  package enum Part: Sendable { case support, query }

  package let glyphs: Glyphs
  package let ways: Int
  /// Images of each character in the support set.
  package let shots: Int
  let warp: Warp
  /// By split: scripts with enough characters.
  private let scripts: [Glyphs.Split: [Script]]

  /// The characters of a script that have enough images.
  private struct Script: Sendable {
    let index: Int
    let characters: [Int]
  }

  /// - Parameter warp: how strongly images are distorted, 1 being the standard; 0 is not at all.
  /// Throws where there are too few characters or images for such episodes.
  package init(
    _ glyphs: Glyphs, ways: Int, shots: Int, warp: Float, isOwnData: Bool = false
  ) throws(KnobError) {
    self.glyphs = glyphs
    self.ways = ways
    self.shots = shots
    self.warp = Warp(strength: warp)
    // An image distorted anew is another one; as it is, it can be shown once.
    let needed = warp > 0 ? 2 : shots + 1
    var scripts: [Glyphs.Split: [Script]] = [:]
    for (index, script) in glyphs.scripts.enumerated() {
      let able = script.characters.filter { glyphs.characters[$0].exemplars.count >= needed }
      guard able.count >= ways else { continue }
      scripts[script.split, default: []].append(Script(index: index, characters: able))
    }
    for split in [Glyphs.Split.train, .test] where scripts[split] == nil {
      let most = glyphs.scripts.filter { $0.split == split }.map { script in
        script.characters.count { glyphs.characters[$0].exemplars.count >= needed }
      }.max()
      throw KnobError(
        "\(ways)-way \(shots)-shot episodes need a \(split.rawValue) script of \(ways) characters "
          + "with \(needed) images each, and the largest has \(most ?? 0) such characters; choose "
          + "fewer ways or shots"
          + (warp > 0 ? "" : ", or a warp above 0, which makes several images of one")
          + (isOwnData ? ", or other data" : ""), ofData: isOwnData)
    }
    self.scripts = scripts
  }

  /// What validation is done on: scripts of its own where there are some.
  package var validation: Glyphs.Split { scripts[.validation] == nil ? .train : .validation }

  /// The script of an episode.
  package func script(_ number: Int, _ split: Glyphs.Split) -> String {
    let list = scripts[split] ?? []
    guard !list.isEmpty else { return "" }
    return glyphs.scripts[list[scriptIndex(number, split, of: list.count)].index].name
  }

  private func key(_ number: Int, _ split: Glyphs.Split) -> RandomKey {
    RandomKey(seed: split.seed, stream: .episode, step: number)
  }

  private func scriptIndex(_ number: Int, _ split: Glyphs.Split, of count: Int) -> Int {
    key(number, split).integer(below: count, index: 0)
  }

  /// The characters of an episode, in the order of its labels.
  package func withCharacters<R>(
    _ number: Int, _ split: Glyphs.Split, _ body: (UnsafeBufferPointer<Int>) -> R
  ) -> R {
    let list = scripts[split] ?? []
    precondition(!list.isEmpty, "there are no episodes of the split '\(split.rawValue)'")
    let script = list[scriptIndex(number, split, of: list.count)]
    let key = key(number, split)
    return withUnsafeTemporaryAllocation(of: Int.self, capacity: script.characters.count) { order in
      for index in order.indices {
        order.initializeElement(at: index, to: script.characters[index])
      }
      for index in 0..<ways {
        order.swapAt(index, index + key.integer(below: order.count - index, index: 1 + index))
      }
      return body(UnsafeBufferPointer(rebasing: order[..<ways]))
    }
  }

  /// Fills x [examples, pixels], 0 … 1, with images of an episode's part and y [examples, ways] with
  /// their labels, one-hot; example i is of class i mod N.
  ///
  /// - Parameter row: where its images begin among those of the key, so that episodes of one batch
  ///   differ.
  package func fill(
    _ number: Int, _ split: Glyphs.Split, _ part: Part, examples: Int, key: RandomKey, row: Int,
    x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>
  ) {
    let own = self.key(number, split)
    withCharacters(number, split) { characters in
      glyphs.pixels.withUnsafeBufferPointer { pixels in
        guard let base = pixels.baseAddress, let out = x.baseAddress else { return }
        for example in 0..<examples {
          let label = example % ways
          let exemplars = glyphs.characters[characters[label]].exemplars
          // Support images are those of one end of a circle, queries those of the other.
          let support = min(shots, warp.strength > 0 ? exemplars.count / 2 : exemplars.count - 1)
          let (begin, count) =
            part == .support ? (0, support) : (support, exemplars.count - support)
          // A key's images in turn from a random one of them, so that they differ while they can.
          let turn =
            part == .support
            ? 0
            : key.integer(
              below: count, index: (row + label) * Warp.numbers + Warp.free)
          let start = own.integer(below: exemplars.count, index: 1 + ways + label)
          let place = start + begin + (turn + example / ways) % count
          warp.write(
            base + (exemplars.lowerBound + place % exemplars.count) * Glyphs.pixelCount,
            to: out + example * Glyphs.pixelCount, key: key, index: row + example)
          for other in 0..<ways { y[example * ways + other] = other == label ? 1 : 0 }
        }
      }
    }
  }
}

extension Glyphs.Split {
  /// Numbers of episodes of one split say nothing about those of another.
  fileprivate var seed: UInt64 {
    switch self {
    case .train: 0
    case .validation: 1
    case .test: 2
    }
  }
}
