import CDataSets

/// Architectures that were trained for real, once, and how well they came to classify: what predictions are
/// measured against.
///
/// A text file: two lines that begin with `#`, the first how it is made and the second what of; a line of
/// column names; then a line for each architecture.
package struct TrainedTable: Sendable {
  package struct Row: Sendable, Hashable {
    package var split: SearchSpace.Split
    package var architecture: Architecture
    /// On test images, one a seed, 0…1.
    package var accuracies: [Float]
    /// On the images that choices are made by, on average.
    package var validation: Float

    package init(
      split: SearchSpace.Split, architecture: Architecture, accuracies: [Float], validation: Float
    ) {
      self.split = split
      self.architecture = architecture
      self.accuracies = accuracies
      self.validation = validation
    }

    /// The mean over seeds.
    package var accuracy: Float { accuracies.reduce(0, +) / Float(max(accuracies.count, 1)) }
  }

  package let space: SearchSpace
  package let images: String
  package let setting: ArchitectureTraining
  package var rows: [Row]

  /// What a table holds: of unseen architectures like those that are trained with the first `measured` are for
  /// predictions to be measured on, the others for a search to be compared with.
  package static let counts: [(split: SearchSpace.Split, count: Int)] = [
    (.test, 620), (.wider, 30), (.deeper, 30),
  ]
  package static let measured = 120
  package static let seeds = 3

  package init(
    _ space: SearchSpace, images: String, _ setting: ArchitectureTraining, rows: [Row] = []
  ) {
    self.space = space
    self.images = images
    self.setting = setting
    self.rows = rows
  }

  /// Every architecture of the table, in its order.
  package var architectures: [(split: SearchSpace.Split, architecture: Architecture)] {
    Self.counts.flatMap { split, count in
      space.architectures(split, count: count).map { (split, $0) }
    }
  }

  package func rows(_ split: SearchSpace.Split) -> [Row] { rows.filter { $0.split == split } }

  /// Those that a prediction's correlation is of.
  package var measuredRows: [Row] { Array(rows(.test).prefix(Self.measured)) }
  /// Those that what a search finds is ranked among.
  package var randomRows: [Row] { Array(rows(.test).dropFirst(Self.measured)) }

  private static let columns = "split,validation,test_1,test_2,test_3,architecture"

  /// The two lines it begins with, and its column names.
  package var head: String {
    "# weft search architectures --table FILE --set space=\(space.kind.rawValue) --set images=\(images)\n"
      + "# \(origin)\n\(Self.columns)\n"
  }

  /// What it is of.
  private var origin: String {
    "space \(space.name), images \(images), \(setting.words), \(Self.seeds) seeds"
  }

  package static func line(_ row: Row) -> String {
    func number(_ value: Float) -> String { "\((value * 1e5).rounded() / 1e5)" }
    return
      ([row.split.rawValue, number(row.validation)] + row.accuracies.map(number)
      + ["\"\(row.architecture.line)\""]).joined(separator: ",") + "\n"
  }

  /// Reads a file that may be such a table, whole or in part.
  package mutating func read(path: String) throws(KnobError) {
    let text = String(data: try TextFile(path).bytes(), encoding: .utf8) ?? ""
    try read(text, name: "'\(path)'")
  }

  /// Reads a table of this space, images and setting; throws where it is another, or none.
  package mutating func read(_ text: String, name: String) throws(KnobError) {
    let lines = text.split(separator: "\n").map(String.init)
    let begin = head.split(separator: "\n").map(String.init)
    guard lines.count >= 3, lines[0].hasPrefix("# weft search"), lines[2] == begin[2] else {
      throw KnobError("\(name) is no table of trained architectures", ofData: true)
    }
    guard lines[1] == begin[1] else {
      throw KnobError(
        "\(name) is a table of other architectures: '\(lines[1].dropFirst(2))', not '\(origin)'",
        ofData: true)
    }
    rows = []
    for (number, line) in lines.enumerated().dropFirst(3) {
      guard let row = Self.row(line) else {
        throw KnobError(
          "\(name), line \(number + 1), is no architecture with its accuracy", ofData: true)
      }
      rows.append(row)
    }
  }

  /// The tables that come with the program, read once.
  private static let known: [TrainedTable] = Architecture.Kind.allCases.compactMap { kind in
    let file = weft_architectures(kind == .cnn ? 0 : 1)
    var table = TrainedTable(SearchSpace(kind), images: "digits", ArchitectureTraining())
    let bytes = UnsafeRawBufferPointer(start: file.start, count: file.count)
    guard (try? table.read(String(decoding: bytes, as: UTF8.self), name: "table")) != nil else {
      return nil
    }
    return table
  }

  /// The embedded table of a space and images; nil where there is none.
  package static func embedded(_ space: SearchSpace, images: String) -> TrainedTable? {
    known.first { $0.space == space && $0.images == images }
  }

  private static func row(_ line: String) -> Row? {
    let fields = line.split(separator: ",", maxSplits: 2 + seeds)
    guard fields.count == 3 + seeds, let split = SearchSpace.Split(rawValue: String(fields[0])),
      fields.last?.count ?? 0 > 2
    else { return nil }
    let numbers = fields[1..<2 + seeds].compactMap { Float($0) }
    guard numbers.count == 1 + seeds, numbers.allSatisfy({ (0...1).contains($0) }),
      let architecture = Architecture(line: String(fields[2 + seeds].dropFirst().dropLast()))
    else { return nil }
    return Row(
      split: split, architecture: architecture, accuracies: Array(numbers.dropFirst()),
      validation: numbers[0])
  }
}
