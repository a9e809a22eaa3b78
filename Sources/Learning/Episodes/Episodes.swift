/// Episodes of N-way K-shot classification without end: an episode is N characters, some images of each
/// to learn from (the support set) and others to tell apart (queries).
///
/// An episode's number determines its characters, and which of their images are support and which are
/// queries; a key then draws images of a part and distorts each anew. Plain functions of both: the
/// same number and key give the same images, and nothing is allocated.
package struct Episodes: Sendable {
  package enum Part: Sendable { case support, query }

  /// What the characters of one episode have in common, and those of test episodes with the trained.
  package enum Classes: String, CaseIterable, Sendable {
    /// One script; no script is both trained on and tested.
    case script
    /// Any script of the split; no script is both trained on and tested.
    case scripts
    /// Nothing; every fourth character of all scripts is tested, the others are trained on, as
    /// Santoro et al. 2016 part Omniglot.
    case characters
  }

  package let glyphs: Glyphs
  package let ways: Int
  /// Images of each character in the support set.
  package let shots: Int
  let warp: Warp
  /// Whether each class is its character turned by as many quarters as chance has it (Santoro et al.
  /// 2016): four classes of one.
  let areTurned: Bool
  /// By split: what an episode's characters are chosen from.
  private let pools: [Glyphs.Split: [Pool]]

  /// Characters that have enough images, at least as many as an episode has.
  private struct Pool: Sendable {
    let name: String
    let characters: [Int]
  }

  /// - Parameter warp: how strongly images are distorted, 1 being the standard; 0 is not at all.
  /// Throws where there are too few characters or images for such episodes.
  package init(
    _ glyphs: Glyphs, ways: Int, shots: Int, warp: Float, classes: Classes = .script,
    areTurned: Bool = false, isOwnData: Bool = false
  ) throws(KnobError) {
    self.glyphs = glyphs
    self.ways = ways
    self.shots = shots
    self.warp = Warp(strength: warp)
    self.areTurned = areTurned
    // An image distorted anew is another one; as it is, it can be shown once.
    let needed = warp > 0 ? 2 : shots + 1
    let all = Self.pools(of: glyphs, classes).mapValues { pools in
      pools.map { pool in
        Pool(
          name: pool.name,
          characters: pool.characters.filter { glyphs.characters[$0].exemplars.count >= needed })
      }
    }
    pools = all.mapValues { pools in pools.filter { $0.characters.count >= ways } }
      .filter { !$0.value.isEmpty }
    for split in [Glyphs.Split.train, .test] where pools[split] == nil {
      let most = all[split]?.map(\.characters.count).max() ?? 0
      throw KnobError(
        "\(ways)-way \(shots)-shot episodes need "
          + (classes == .script
            ? "a \(split.rawValue) script of " : "\(split.rawValue) scripts of ")
          + "\(ways) characters with \(needed) images each, and "
          + (classes == .script ? "the largest has \(most)" : "there are \(most)")
          + " such characters; choose fewer ways or shots"
          + (warp > 0 ? "" : ", or a warp above 0, which makes several images of one")
          + (isOwnData ? ", or other data" : ""), ofData: isOwnData)
    }
  }

  private static func pools(of glyphs: Glyphs, _ classes: Classes) -> [Glyphs.Split: [Pool]] {
    let scripts = Dictionary(grouping: glyphs.scripts, by: \.split).mapValues { scripts in
      scripts.map { Pool(name: $0.name, characters: Array($0.characters)) }
    }
    switch classes {
    case .script: return scripts
    case .scripts:
      return scripts.mapValues { [Pool(name: "mixed", characters: $0.flatMap(\.characters))] }
    case .characters:
      return Dictionary(grouping: glyphs.characters.indices) { $0 % 4 == 3 ? .test : .train }
        .mapValues { [Pool(name: "mixed", characters: $0)] }
    }
  }

  /// What validation is done on: characters of its own where there are some.
  package var validation: Glyphs.Split { pools[.validation] == nil ? .train : .validation }

  /// The script of an episode, or "mixed".
  package func script(_ number: Int, _ split: Glyphs.Split) -> String {
    let list = pools[split] ?? []
    guard !list.isEmpty else { return "" }
    return list[poolIndex(number, split, of: list.count)].name
  }

  private func key(_ number: Int, _ split: Glyphs.Split) -> RandomKey {
    RandomKey(seed: split.seed, stream: .episode, step: number)
  }

  // Which numbers of an episode's key are what: that of its pool, then for each class that of its
  // character, that of its first image and that of its turn.

  private func poolIndex(_ number: Int, _ split: Glyphs.Split, of count: Int) -> Int {
    key(number, split).integer(below: count, index: 0)
  }

  /// The characters of an episode, in the order of its labels.
  package func withCharacters<R>(
    _ number: Int, _ split: Glyphs.Split, _ body: (UnsafeBufferPointer<Int>) -> R
  ) -> R {
    let list = pools[split] ?? []
    precondition(!list.isEmpty, "there are no episodes of the split '\(split.rawValue)'")
    let all = list[poolIndex(number, split, of: list.count)].characters
    let key = key(number, split)
    return withUnsafeTemporaryAllocation(of: Int.self, capacity: 3 * ways) { scratch in
      let chosen = UnsafeMutableBufferPointer(rebasing: scratch[..<ways])
      // The beginning of a shuffle (Fisher & Yates) that remembers only what it moved, and where to.
      let places = UnsafeMutableBufferPointer(rebasing: scratch[ways..<2 * ways])
      let moved = UnsafeMutableBufferPointer(rebasing: scratch[(2 * ways)...])
      func current(_ place: Int, after moves: Int) -> Int {
        (0..<moves).last { places[$0] == place }.map { moved[$0] } ?? place
      }
      for index in 0..<ways {
        let place = index + key.integer(below: all.count - index, index: 1 + index)
        chosen[index] = all[current(place, after: index)]
        places[index] = place
        moved[index] = current(index, after: index)
      }
      return body(UnsafeBufferPointer(chosen))
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
            turns: areTurned ? own.integer(below: 4, index: 1 + 2 * ways + label) : 0,
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
