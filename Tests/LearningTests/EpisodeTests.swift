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
  private func episodes(ways: Int = 5, shots: Int = 1, warp: Float = 1) throws -> Episodes {
    try Episodes(Glyphs.embedded.get(), ways: ways, shots: shots, warp: warp)
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
