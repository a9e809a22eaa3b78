import CDataSets
import Foundation
import Learning
import Testing

/// One part of an episode as arrays.
private struct Part: Equatable {
  var x: [Float]
  var y: [Float]

  init(
    _ episodes: Episodes, _ number: Int, _ split: Glyphs.Split, _ part: Episodes.Part,
    examples: Int, step: Int = 0
  ) {
    x = Array(repeating: .nan, count: examples * Glyphs.pixelCount)
    y = Array(repeating: .nan, count: examples * episodes.ways)
    x.withUnsafeMutableBufferPointer { x in
      y.withUnsafeMutableBufferPointer { y in
        episodes.fill(
          number, split, part, examples: examples,
          key: RandomKey(seed: 3, stream: .inputs, step: step), row: 0, x: x, y: y)
      }
    }
  }

  func image(_ index: Int) -> ArraySlice<Float> {
    x[index * Glyphs.pixelCount..<(index + 1) * Glyphs.pixelCount]
  }
}

struct GlyphsTests {
  private static let file: [UInt8] = {
    let bytes = weft_glyphs()
    return Array(UnsafeBufferPointer(start: bytes.start, count: bytes.count))
  }()

  /// Numbers counted by another program.
  @Test func everyCharacterIsThere() throws {
    let glyphs = try Glyphs.embedded.get()
    #expect(glyphs.characters.count == 972)
    #expect(glyphs.pixels.count == 4385 * Glyphs.pixelCount)
    #expect(glyphs.pixels.reduce(0) { $0 + Int($1) } == 189_164_610)
    let scripts = Dictionary(grouping: glyphs.scripts, by: \.split).mapValues(\.count)
    #expect(scripts == [.train: 14, .validation: 3, .test: 5])
    #expect(Set(glyphs.scripts.map(\.name)).count == 22)
    #expect(glyphs.characters.allSatisfy { 4...8 ~= $0.exemplars.count })
    #expect(glyphs.scripts.flatMap(\.characters) == Array(0..<972))
  }

  @Test func damageIsToldInWords() throws {
    let file = Self.file
    func decode(_ bytes: [UInt8]) throws -> Glyphs {
      try bytes.withUnsafeBufferPointer { try Glyphs(gzip: $0) }
    }
    for length in [0, 1, 10, file.count / 2, file.count - 1] {
      let error = #expect(throws: Glyphs.Problem.self) { try decode(Array(file[..<length])) }
      #expect(error?.description.isEmpty == false)
    }
    for place in stride(from: 64, to: file.count, by: 49_999) {
      var damaged = file
      damaged[place] ^= 0x5A
      #expect(throws: Glyphs.Problem.self) { try decode(damaged) }
    }
  }
}

struct EpisodeTests {
  private func episodes(
    ways: Int = 5, shots: Int = 1, warp: Float = 1, classes: Episodes.Classes = .script,
    areTurned: Bool = false
  ) throws -> Episodes {
    try Episodes(
      Glyphs.embedded.get(), ways: ways, shots: shots, warp: warp, classes: classes,
      areTurned: areTurned)
  }

  @Test func anEpisodeIsOfOneScriptAndItsNumbersSayWhich() throws {
    let episodes = try episodes(ways: 7)
    let glyphs = episodes.glyphs
    var seen: Set<String> = []
    for split in Glyphs.Split.allCases {
      for number in 0..<40 {
        let characters = episodes.withCharacters(number, split) { Array($0) }
        let script = try #require(
          glyphs.scripts.first { $0.name == episodes.script(number, split) })
        #expect(script.split == split && Set(characters).count == 7)
        #expect(characters.allSatisfy { script.characters.contains($0) })
        #expect(episodes.withCharacters(number, split) { Array($0) } == characters)
        seen.insert(script.name)
      }
    }
    #expect(seen.count > 15)
  }

  /// The same draw by shuffling all characters of the script.
  @Test func charactersAreTheBeginningOfAShuffle() throws {
    let episodes = try episodes(ways: 30)
    let glyphs = episodes.glyphs
    for number in 0..<40 {
      let script = try #require(
        glyphs.scripts.first { $0.name == episodes.script(number, .train) })
      let key = RandomKey(seed: 0, stream: .episode, step: number)
      var order = Array(script.characters)
      for index in 0..<30 {
        order.swapAt(index, index + key.integer(below: order.count - index, index: 1 + index))
      }
      #expect(episodes.withCharacters(number, .train) { Array($0) } == Array(order[..<30]))
    }
  }

  @Test func episodesAcrossScriptsMixThem() throws {
    let glyphs = try Glyphs.embedded.get()
    func scripts(of episodes: Episodes, _ split: Glyphs.Split) -> [[Glyphs.Script]] {
      (0..<60).map { number in
        episodes.withCharacters(number, split) { characters in
          #expect(Set(characters).count == 5)
          return characters.flatMap { character in
            glyphs.scripts.filter { $0.characters.contains(character) }
          }
        }
      }
    }
    let across = try episodes(classes: .scripts)
    for split in Glyphs.Split.allCases {
      let seen = scripts(of: across, split)
      #expect(seen.joined().allSatisfy { $0.split == split })
      #expect(seen.count { Set($0.map(\.name)).count > 1 } > 30)
      #expect(across.script(0, split) == "mixed")
    }

    let unseen = try episodes(classes: .characters)
    let sides = [Glyphs.Split.train, .test].map { split in
      Set((0..<400).flatMap { number in unseen.withCharacters(number, split) { Array($0) } })
    }
    #expect(sides[0].isDisjoint(with: sides[1]) && unseen.validation == .train)
    let tested = Set(
      sides[1].flatMap { c in glyphs.scripts.filter { $0.characters.contains(c) } }.map(\.name))
    #expect(tested.count == glyphs.scripts.count)
  }

  /// An image turned clockwise by a quarter.
  private func quarter<Pixel>(_ image: [Pixel]) -> [Pixel] {
    let side = Glyphs.side
    return (0..<side * side).map { image[(side - 1 - $0 % side) * side + $0 / side] }
  }

  /// A class is its character turned, the same for all its images, and all turns are there.
  @Test func aTurnIsAClassOfItsOwn() throws {
    let (plain, turned) = (try episodes(warp: 0), try episodes(warp: 0, areTurned: true))
    var seen: Set<Int> = []
    for number in 0..<20 {
      let before = [Episodes.Part.support, .query].map {
        Part(plain, number, .test, $0, examples: 5)
      }
      let after = [Episodes.Part.support, .query].map {
        Part(turned, number, .test, $0, examples: 5)
      }
      for label in 0..<5 {
        let turns = (0..<4).filter { turns in
          zip(before, after).allSatisfy { before, after in
            (0..<turns).reduce(Array(before.image(label))) { image, _ in quarter(image) }
              == Array(after.image(label))
          }
        }
        #expect(!turns.isEmpty)
        seen.formUnion(turns.count == 1 ? turns : [])
      }
    }
    #expect(seen == [0, 1, 2, 3])
  }

  /// Turned and distorted is what distortion makes of characters that were turned before.
  @Test func aTurnComesBeforeAWarp() throws {
    let glyphs = try Glyphs.embedded.get()
    let standing = (0..<4).map { turns in
      var turned = Glyphs()
      for script in glyphs.scripts where script.split != .validation {
        turned.append(
          script: script.name, script.split,
          glyphs.characters[script.characters].map { character in
            let images = character.exemplars.map { exemplar in
              let pixels = Array(
                glyphs.pixels[exemplar * Glyphs.pixelCount..<(exemplar + 1) * Glyphs.pixelCount])
              return (0..<turns).reduce(pixels) { image, _ in quarter(image) }
            }
            return (character.name, Array(images.joined()))
          })
      }
      return turned
    }
    let turned = try Episodes(standing[0], ways: 5, shots: 1, warp: 1, areTurned: true)
    let plain = try standing.map { try Episodes($0, ways: 5, shots: 1, warp: 1) }
    for number in 0..<5 {
      let images = Part(turned, number, .test, .support, examples: 5)
      let wanted = plain.map { Part($0, number, .test, .support, examples: 5) }
      for label in 0..<5 {
        let errors = wanted.map { wanted in
          zip(images.image(label), wanted.image(label)).map { abs($0 - $1) }.max() ?? 1
        }
        #expect(errors.contains { $0 < 1e-3 }, "\(errors)")
      }
    }
  }

  @Test func theSameKeyGivesTheSameImages() throws {
    let episodes = try episodes()
    func part(_ step: Int) -> Part {
      Part(episodes, 9, .train, .query, examples: 15, step: step)
    }
    #expect(part(2) == part(2))
    #expect(part(2).x != part(3).x && part(2).y == part(3).y)
    #expect(part(2).x.allSatisfy { 0...1.0001 ~= $0 })
    // Example i is of class i mod N.
    for (row, label) in (0..<15).map({ ($0, $0 % 5) }) {
      #expect((0..<5).map { part(2).y[row * 5 + $0] } == (0..<5).map { $0 == label ? 1 : 0 })
    }
  }

  /// As they are, images are pairwise different ones of the embedded, and none is shown twice.
  @Test func supportAndQueriesHaveNoImageInCommon() throws {
    let episodes = try episodes(shots: 2, warp: 0)
    let glyphs = episodes.glyphs
    for number in 0..<30 {
      let support = Part(episodes, number, .test, .support, examples: 10)
      let queries = Part(episodes, number, .test, .query, examples: 10)
      let images =
        (0..<10).map { Array(support.image($0)) }
        + (0..<10).map {
          Array(queries.image($0))
        }
      #expect(Set(images).count == 20)
      let characters = episodes.withCharacters(number, .test) { Array($0) }
      for row in 0..<10 {
        let own = glyphs.characters[characters[row % 5]].exemplars.map { exemplar in
          glyphs.pixels[exemplar * Glyphs.pixelCount..<(exemplar + 1) * Glyphs.pixelCount]
            .map { Float($0) / 255 }
        }
        #expect(own.contains(images[row]) && own.contains(images[10 + row]))
      }
    }
  }

  /// The distortion once more, in double precision from its definition.
  @Test func aWarpIsItsFormula() throws {
    let glyphs = try Glyphs.embedded.get()
    let warped = try episodes(ways: 2)
    let plain = try episodes(ways: 2, warp: 0)
    let before = Part(plain, 4, .train, .support, examples: 2)
    let after = Part(warped, 4, .train, .support, examples: 2)
    let key = RandomKey(seed: 3, stream: .inputs, step: 0)
    let all = key.uniform(256 + 8, from: -1, to: 1).map(Double.init)
    let bends = key.normal(256 + 80).map(Double.init)
    let side = Glyphs.side
    for image in 0..<2 {
      let u = Array(all[image * 128..<image * 128 + 8])
      let n = Array(bends[image * 128 + 16..<image * 128 + 66])
      let pixels = before.image(image).map(Double.init)
      func pixel(_ x: Int, _ y: Int) -> Double {
        0..<side ~= x && 0..<side ~= y ? pixels[y * side + x] : 0
      }
      let turn = u[0] * 15 * .pi / 180
      let (wide, tall, shear) = (exp(0.2 * u[1]), exp(0.2 * u[2]), 0.2 * u[3])
      for row in 0..<side {
        for column in 0..<side {
          let (x, y) = (Double(column) - 13.5, Double(row) - 13.5)
          // Scaled, then sheared, then turned, then moved.
          let (a, b) = (wide * x + shear * tall * y, tall * y)
          func bend(_ first: Int) -> Double {
            let (p, q) = (Double(column) / 6.75, Double(row) / 6.75)
            let (i, j) = (min(Int(p), 3), min(Int(q), 3))
            let (s, t) = (p - Double(i), q - Double(j))
            func knot(_ i: Int, _ j: Int) -> Double { n[first + j * 5 + i] }
            return (1 - t) * ((1 - s) * knot(i, j) + s * knot(i + 1, j))
              + t * ((1 - s) * knot(i, j + 1) + s * knot(i + 1, j + 1))
          }
          let fromX = cos(turn) * a - sin(turn) * b + 2.2 * u[4] + 13.5 + bend(0)
          let fromY = sin(turn) * a + cos(turn) * b + 2.2 * u[5] + 13.5 + bend(25)
          let (left, top) = (Int(floor(fromX)), Int(floor(fromY)))
          let (dx, dy) = (fromX - floor(fromX), fromY - floor(fromY))
          let wanted =
            (1 - dy) * ((1 - dx) * pixel(left, top) + dx * pixel(left + 1, top))
            + dy * ((1 - dx) * pixel(left, top + 1) + dx * pixel(left + 1, top + 1))
          let got = Double(Array(after.image(image))[row * side + column])
          #expect(abs(got - wanted) < 1e-3)
        }
      }
    }
    #expect(!glyphs.scripts.isEmpty)
  }

  /// As hard as handwritten characters are: the nearest labelled image, pixel by pixel, is of the right
  /// one of five for about half.
  @Test func pixelsAloneAreRightForAboutHalf() throws {
    let episodes = try episodes()
    var right = 0
    for number in 0..<400 {
      let support = Part(episodes, number, .test, .support, examples: 5, step: 2 * number)
      let queries = Part(episodes, number, .test, .query, examples: 5, step: 2 * number + 1)
      for query in 0..<5 {
        let distances = (0..<5).map { example in
          zip(support.image(example), queries.image(query)).reduce(Float(0)) {
            $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
          }
        }
        if distances.indices.min(by: { distances[$0] < distances[$1] }) == query { right += 1 }
      }
    }
    let share = Double(right) / 2000
    #expect(0.44...0.52 ~= share, "\(share)")
  }

  @Test func tooFewIsASentence() throws {
    for (ways, shots, warp) in [(61, 1, Float(1)), (5, 8, 0), (40, 5, 0)] {
      let error = #expect(throws: KnobError.self) {
        try episodes(ways: ways, shots: shots, warp: warp)
      }
      #expect(error?.description.contains("\(ways)-way \(shots)-shot") == true)
      #expect(error?.description.contains("choose fewer ways or shots") == true)
      #expect(error?.isOfData == false)
    }
    // Distorted anew, an image serves again.
    _ = try episodes(ways: 39, shots: 10)
  }
}
