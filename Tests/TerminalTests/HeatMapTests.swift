import Terminal
import Testing

struct HeatMapTests {
  /// From blue over black to red.
  private let ramp = (0..<33).map { (level: Int) -> Color in
    let (red, blue) = (max(level - 16, 0) * 15, max(16 - level, 0) * 15)
    return .rgb(UInt8(red), 0, UInt8(blue))
  }
  /// A slope with its zero on the diagonal.
  private var values: [Float] { (0..<80).map { Float($0 % 8 - $0 / 8) } }

  private func map(_ cursor: (row: Int, column: Int)? = nil, rows: Int = 10) -> HeatMap {
    HeatMap(
      values[...], rows: rows, columns: 8, scale: .symmetric(8), ramp: ramp, cursor: cursor)
  }

  @Test func shadesShowSignsWithoutColour() {
    expectPicture(
      20, 6, mono,
      is: """
        0   ····░░▒▒▒▒▓▓▓▓
          −·  ····░░▒▒▒▒▓▓
        2▸−·−·  ◧◨··░░▒▒▒▒
          −░−·−·  ····░░▒▒
        4 −▒−░−·−·  ····░░
          −▒−▒−░−·−·  ····
        """
    ) { map((2, 3)).draw(on: $0, mono) }
    expectPicture(
      20, 6, ascii,
      is: """
        0    . : - + * # %
          -.   . : - + * #
        2>-:-.  [] : - + *
          ---:-.   . : - +
        4 -+---:-.   . : -
          -*-+---:-.   . :
        """
    ) { map((2, 3)).draw(on: $0, ascii) }
  }

  @Test func twoRowsShareACellInColour() {
    let buffer = CellBuffer(Size(20, 5))
    map((3, 0)).draw(on: buffer.canvas, unicode)
    // Row 0 above row 1, in the first column: 0 above -1, of 8.
    #expect(buffer[2, 0] == Cell("▀", Style(.rgb(0, 0, 0), on: .rgb(0, 0, 30))))
    // The cursor is the lower number of its cell, on that number's colour.
    #expect(buffer[2, 1].glyph == "◒")
    #expect(buffer[2, 1].style.background == .rgb(0, 0, 90))
    #expect(buffer[1, 1].glyph == "▸")
    #expect(buffer[0, 1].glyph == "3")
  }

  @Test func anOddLastRowIsHalfACell() {
    let buffer = CellBuffer(Size(20, 3))
    map(rows: 3).draw(on: buffer.canvas, unicode)
    #expect(buffer[2, 1].glyph == "▀")
    #expect(buffer[2, 1].style.background == .standard)
  }

  @Test func whatIsNotANumberIsAQuestion() {
    let odd: [Float] = [.nan, 1, 1, .nan, .infinity, -.infinity, .nan, .nan]
    for capabilities in [unicode, mono, ascii] {
      let buffer = CellBuffer(Size(8, 4))
      HeatMap(odd[...], rows: 2, columns: 4, scale: .robust(odd), ramp: ramp).draw(
        on: buffer.canvas, capabilities)
      #expect(buffer.text.contains("?"))
    }
  }

  @Test func robustScaleForgetsOutliers() {
    var many = (0..<1000).map { Float($0) / 1000 }
    many[5] = -1e9
    #expect(HeatMap.Scale.robust(many, share: 0.99) == .symmetric(Double(Float(0.991))))
    #expect(HeatMap.Scale.robust([Float]()) == .symmetric(1))
    #expect(HeatMap.Scale.robust([Float](repeating: 0, count: 9)) == .symmetric(1))
    #expect(HeatMap.Scale.robust([0, 0, 0, 0, 5] as [Float], share: 0.5) == .symmetric(5))
  }

  @Test func atMost33Levels() {
    let fine = (0...255).map { Color.rgb(UInt8($0), 0, 0) }
    let slope = (0..<1000).map { Float($0) }
    let buffer = CellBuffer(Size(120, 40))
    HeatMap(slope[...], rows: 20, columns: 50, scale: .range(0, 999), ramp: fine).draw(
      on: buffer.canvas, unicode)
    let colors = Set(buffer.cells.flatMap { [$0.style.foreground, $0.style.background] })
    #expect(colors.subtracting([.standard]).count == 33)
  }

  @Test func legend() {
    expectPicture(
      30, 1, mono,
      is: """
        −8.00 █▓▒· ·▒▓█ +8.00
        """
    ) { map().drawLegend(on: $0, x: 0, y: 0, mono) }
    expectPicture(
      30, 1, ascii,
      is: """
        -8.00 @#+: :+#@ +8.00
        """
    ) { map().drawLegend(on: $0, x: 0, y: 0, ascii) }
  }

  /// Whatever the size and the cursor: the cursor is in view, and cells lead back to their numbers.
  @Test func theCursorIsInView() {
    for capabilities in [unicode, mono] {
      for width in 1...24 {
        for height in 1...7 {
          for (row, column) in [(0, 0), (4, 3), (9, 7), (5, 0), (2, 7)] {
            let map = map((row, column))
            let frame = map.frame(in: Size(width, height), capabilities)
            #expect(frame.plot.maxX <= width && frame.plot.maxY <= height)
            guard !frame.columns.isEmpty else { continue }
            #expect(frame.rows.contains(row) && frame.columns.contains(column))
            let y = frame.plot.y + (row - frame.rows.lowerBound) / frame.rowsPerCell
            let x = frame.plot.x + (column - frame.columns.lowerBound) * frame.columnWidth
            let found = frame.index(x: x, y: y)
            #expect(found?.column == column)
            #expect(found.map { row - $0.row < frame.rowsPerCell } == true)
          }
        }
      }
    }
  }

  @Test func fewerNumbersThanPromisedAreNoHarm() {
    let buffer = CellBuffer(Size(30, 10))
    HeatMap(
      [1, 2, 3], rows: 5, columns: 2, scale: .symmetric(3), ramp: [], cursor: (4, 1)
    ).draw(on: buffer.canvas, mono)
    HeatMap([], rows: 5, columns: 0, scale: .range(0, 0), ramp: ramp).draw(
      on: buffer.canvas, unicode)
    #expect(!buffer.text.isEmpty)
  }
}
