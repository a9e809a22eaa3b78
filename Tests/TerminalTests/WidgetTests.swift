import Terminal
import Testing

struct BoxTests {
  private let box = Box(
    .light, title: ["3 Loss"], note: ["log y"], footer: ["12 points"], footerNote: ["live"])

  @Test func light() {
    expectPicture(
      40, 4, unicode,
      is: """
        ╭─ 3 Loss ───────────────────── log y ─╮
        │inside                                │
        │                                      │
        ╰─ 12 points ─────────────────── live ─╯
        """
    ) { box.draw(on: $0, unicode).text("inside", x: 0, y: 0) }
    expectPicture(
      40, 4, ascii,
      is: """
        +- 3 Loss --------------------- log y -+
        |inside                                |
        |                                      |
        +- 12 points ------------------- live -+
        """
    ) { box.draw(on: $0, ascii).text("inside", x: 0, y: 0) }
  }

  /// The focus is seen without colour.
  @Test func heavy() {
    let heavy = Box(.heavy, title: ["3 Loss"])
    expectPicture(
      20, 3, mono,
      is: """
        ┏━ 3 Loss ━━━━━━━━━┓
        ┃                  ┃
        ┗━━━━━━━━━━━━━━━━━━┛
        """
    ) { heavy.draw(on: $0, mono) }
    expectPicture(
      20, 3, ascii,
      is: """
        #= 3 Loss =========#
        #                  #
        #==================#
        """
    ) { heavy.draw(on: $0, ascii) }
  }

  /// Where there is little room the note goes first, then the title is cut off.
  @Test func narrow() {
    expectPicture(
      16, 2, unicode,
      is: """
        ╭─ 3 Loss ─────╮
        ╰─ 12 points ──╯
        """
    ) { box.draw(on: $0, unicode) }
    expectPicture(
      9, 3, unicode,
      is: """
        ╭─ 3 … ─╮
        │       │
        ╰─ 12… ─╯
        """
    ) { box.draw(on: $0, unicode) }
    expectPicture(
      6, 3, unicode,
      is: """
        ╭────╮
        │    │
        ╰────╯
        """
    ) { box.draw(on: $0, unicode) }
    expectPicture(
      2, 2, unicode,
      is: """
        ╭╮
        ╰╯
        """
    ) { box.draw(on: $0, unicode) }
  }
}

struct BrailleCanvasTests {
  private func cross(_ capabilities: Capabilities) -> (Canvas) -> Void {
    { canvas in
      var braille = BrailleCanvas(Size(10, 4))
      braille.line(0, 0, 19, 15)
      braille.layer(.plain)
      braille.line(-1e9, 15 + 1e9, 1e9, 15 - 1e9)
      braille.line(.nan, 0, 3, 3)
      braille.line(0, .infinity, 3, 3)
      braille.set(100, 0)
      braille.draw(on: canvas, capabilities)
    }
  }

  @Test func linesAreCutOffAtTheEdge() {
    expectPicture(
      10, 4, unicode,
      is: """
        ⠑⠤⡀   ⡠⠊
          ⠈⠢⣤⠊
          ⡠⠊ ⠑⠢⡀
        ⡠⠊     ⠈⠒⢄
        """, cross(unicode))
    expectPicture(
      10, 4, ascii,
      is: """
        '..   .'
          ':.'
          .' ':.
        .'     ''.
        """, cross(ascii))
  }

  @Test func theLastLayerGivesTheColour() {
    let red = Style(.rgb(255, 0, 0))
    let blue = Style(.rgb(0, 0, 255))
    let buffer = CellBuffer(Size(3, 1))
    buffer.canvas.fill(nil, Cell("x", Style(.standard, on: .rgb(9, 9, 9))))
    var braille = BrailleCanvas(Size(3, 1))
    braille.layer(red)
    braille.polyline([(0, 0), (3, 0)])
    braille.layer(blue)
    braille.polyline([(2, 3), (3, 3)])
    braille.draw(on: buffer.canvas, unicode)
    #expect(buffer[0, 0] == Cell("⠉", Style(red.foreground, on: .rgb(9, 9, 9))))
    #expect(buffer[1, 0] == Cell("⣉", Style(blue.foreground, on: .rgb(9, 9, 9))))
    #expect(buffer[2, 0].glyph == "x")
  }

  @Test func aLayerThatCoversTakesOutWhatLiesBelow() {
    expectPicture(2, 1, unicode, is: "⣀⠉") { canvas in
      var braille = BrailleCanvas(Size(2, 1))
      braille.polyline([(0, 0), (3, 0)])
      braille.layer(.plain, covers: true)
      braille.polyline([(0, 3), (1, 3)])
      braille.draw(on: canvas, unicode)
    }
  }
}

struct LinePlotTests {
  private var decay: LinePlot {
    let raw = (0..<2000).map { index -> (x: Double, y: Double) in
      let y = 1 / (1 + Double(index) * 0.1)
      return (Double(index) * 6, index % 2 == 0 ? y : y * 1.4)
    }
    let smooth = raw.map { (x: $0.x, y: 1.2 / (1 + $0.x / 60)) }
    return LinePlot(
      [.init(raw, Style(.standard, on: .standard, .faint)), .init(smooth, .plain)],
      yScale: .log, xLabels: .counts, xName: "step", crosshair: 9310)
  }

  @Test func logarithmic() {
    expectPicture(
      48, 10, unicode,
      is: """
        1e+0┤⡄                                ┊
            │⢧                                ┊
            │⠸⡀                               ┊
            │ ⢳⡀                              ┊
        1e-1┤ ⠈⠙⢦⣀⡀                           ┊
            │   ⠈⠈⠓⠦⢤⣀⣀⡀                      ┊
            │       ⠈⠈⠉⠙⠒⠲⠤⢤⣀⣀⣀⣀⣀⣀            ┊
        1e-2┤              ⠈⠉⠉⠈⠉⠉⠉⠓⠒⠒⠲⠤⠤⠤⠤⢤⣀⣀⣀⣀⣀⡀⣀⣀⣀⣀⣀⡀
            │                             ⠉⠉⠉⠉⠉⠙⠉⠉⠉⠉⠉⠉⠙⠒
             0               5k               ┊10k  step
        """
    ) { decay.draw(on: $0, unicode) }
    expectPicture(
      48, 10, ascii,
      is: """
        1e+0+.                                |
            |:                                |
            |:.                               |
            | :.                              |
        1e-1+ '':..                           |
            |   ''':....                      |
            |       ''''':........            |
        1e-2+              '''''''''':.................
            |                             ''''''''''''''
             0               5k               |10k  step
        """
    ) { decay.draw(on: $0, ascii) }
  }

  /// Two curves are told apart without colour.
  @Test func dashes() {
    let flat = (0...20).map { (x: Double($0), y: 0.0) }
    let rising = (0...20).map { (x: Double($0), y: Double($0) / 20) }
    let plot = LinePlot(
      [.init(flat, .plain), .init(rising, .plain, mark: .dashes)], yRange: 0...1)
    expectPicture(
      24, 5, unicode,
      is: """
        1.0┤               ⣀⠄ ⠒⠁
           │          ⢀ ⠒⠂
        0.5┤      ⡠⠄ ⠉⠁
        0.0┤⡠⠄⣀⠊⠁⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀
            0                 20
        """
    ) { plot.draw(on: $0, unicode) }
  }

  @Test func linearWithPointsAndAGap() {
    let curve = (0...200).map { index -> (x: Double, y: Double) in
      let x = -3 + Double(index) * 0.03
      return (x, (90..<110).contains(index) ? .nan : x * x * x / 9 - x)
    }
    let data = stride(from: 0, to: 200, by: 20).map { (x: curve[$0].x, y: curve[$0].y + 0.2) }
    let plot = LinePlot(
      [.init(curve, .plain), .init(data, .plain, mark: .points("∘"))], yRange: -1.5...1.5,
      xName: "x", crosshair: 1.14, zeroLine: true)
    expectPicture(
      44, 9, unicode,
      is: """
          │        ∘   ∘               ┊
         1┤   ⢀∘⠖⠋⠉⠉⠉⠉⠑⠒⠤⣀ ∘           ┊
          │ ⢀⡔⠃          ⠈⠙⠦⣄          ┊
          │∘⠋               ⠈⠁         ┊
         0┤⠁ ┈ ┈ ┈ ┈ ┈ ┈ ┈ ┈ ┈ ┈ ⢀⡀∘ ┈ ┊ ┈ ┈ ┈ ┈ ┈⣠⠊
          │                       ⠙⠲⣄⡀ ┊       ∘⢠⠜⠁
        -1┤                          ⠉⠒∘⢄⣀⣀∘⣀⣠⠴⠊⠁
          │                            ┊
                 -2            0       ┊     2     x
        """
    ) { plot.draw(on: $0, unicode) }
    expectPicture(
      44, 9, ascii,
      is: """
          |        o   o               |
         1+   .o:'''''''.. o           |
          | .:'          '':.          |
          |o'               ''         |
         0+' - - - - - - - - - - ..o - | - - - - -.'
          |                       ':.. |       o.:'
        -1+                          ''o...o..:''
          |                            |
                 -2            0       |     2     x
        """
    ) { plot.draw(on: $0, ascii) }
  }

  @Test func columnsAndValuesAgree() {
    for width in 1...130 {
      let frame = decay.frame(in: Size(width, 12))
      for column in frame.plot.x..<frame.plot.maxX {
        #expect(frame.column(ofX: frame.x(atColumn: column)) == column, "width \(width)")
      }
      #expect(frame.column(ofX: frame.x.upper) == frame.plot.maxX - 1)
      #expect(frame.column(ofX: -frame.x.upper) == nil)
    }
  }

  @Test func emptyAndAbsurdSeriesAreDrawn() {
    let series: [[(x: Double, y: Double)]] = [
      [], [(0, .nan)], [(0, 1)], [(0, -1), (1, 0)], [(.infinity, .infinity), (-.infinity, 1)],
      [(0, 1e308), (1, -1e308)], [(5, 3), (5, 4), (5, 1)], [(3, 1), (2, 1), (1, 1)],
    ]
    for points in series {
      for scale in [Axis.Scale.linear, .log] {
        for size in [Size(0, 0), Size(1, 1), Size(16, 4), Size(60, 20), Size(300, 1)] {
          let buffer = CellBuffer(size)
          LinePlot([.init(points, .plain)], yScale: scale, crosshair: 1).draw(
            on: buffer.canvas, unicode)
        }
      }
    }
  }
}

struct ScatterPlotTests {
  private let plot = ScatterPlot(
    [
      .init(x: 0.5, y: 0.2, label: "A"), .init(x: 0.52, y: 0.21, label: "B"),
      .init(x: 0.48, y: 0.2, label: "C"),
      .init(
        x: -1, y: 1, glyph: "○", label: "held-out", trail: [(-0.9, 0), (-1.2, 0.5), (-1, 0.9)]),
    ], cursor: (0.1, 0.1))

  @Test func labelsAvoidEachOther() {
    expectPicture(
      46, 12, unicode,
      is: """
                                     ┊
                 ○held-out           ┊
                 ⡜                   ┊
                ⡜                    ┊
               ⡜                     ┊
              ⡜                      ┊
             ⠈⢆                      ┊
               ⢣                     ┊         C
                ⠱⡀                   ┊        A●●B
                 ⠘⡄                  ┊ ✛
        ┈ ┈ ┈ ┈ ┈ ⠈⢆┈ ┈ ┈ ┈ ┈ ┈ ┈ ┈ ┈┊┈ ┈ ┈ ┈ ┈ ┈ ┈ ┈
                                     ┊
        """
    ) { plot.draw(on: $0, unicode) }
    expectPicture(
      46, 12, ascii,
      is: """
                                     :
                 oheld-out           :
                 :                   :
                :                    :
               :                     :
              :                      :
             ':                      :
               :                     :         C
                :.                   :        AooB
                 '.                  : +
        - - - - - ':- - - - - - - - -:- - - - - - - -
                                     :
        """
    ) { plot.draw(on: $0, ascii) }
  }

  @Test func cellsAndPlacesAgree() {
    let frame = plot.frame(in: Size(46, 12))
    for row in 0..<12 {
      for column in 0..<46 {
        let place = frame.place(atColumn: column, row: row)
        let cell = frame.cell(ofX: place.x, y: place.y)
        #expect(cell?.column == column && cell?.row == row)
      }
    }
    // A unit is as long downwards as sideways, a cell being twice as high as wide.
    let across = (frame.x.upper - frame.x.lower) / 92
    let down = (frame.y.upper - frame.y.lower) / 48
    #expect(abs(across / down - 1) < 1e-9)
  }
}

struct SmallWidgetTests {
  private let slider = Slider(-0.42, in: -2...2, marks: [.init(-1, "A"), .init(1.5, "B")])

  @Test func sliders() {
    expectPicture(
      40, 3, unicode,
      is: """
        ├─────────A─────◆───┼────────────B─────┤
        ╞═════════════◆════════════════════════╡
        ├──▶┤
        """
    ) {
      slider.draw(on: $0, x: 0, y: 0, width: 40, unicode)
      Slider(0.34, in: 0...1, track: .double).draw(on: $0, x: 0, y: 1, width: 40, unicode)
      Slider(99, in: 0...1).draw(on: $0, x: 0, y: 2, width: 5, unicode)
    }
    expectPicture(
      40, 2, ascii,
      is: """
        |---------A-----*---+------------B-----|
        |=============*========================|
        """
    ) {
      slider.draw(on: $0, x: 0, y: 0, width: 40, ascii)
      Slider(0.34, in: 0...1, track: .double).draw(on: $0, x: 0, y: 1, width: 40, ascii)
    }
    for width in 3...60 {
      for column in 1..<(width - 1) {
        let value = slider.value(atColumn: column, width: width)
        #expect(width == 3 || slider.column(of: value, width: width) == column)
      }
    }
    #expect(slider.column(of: .nan, width: 20) == nil)
  }

  @Test func gaugesAndSparklines() {
    let values = [1, 2, 3, .nan, 5, 4, 3, 2, 8]
    expectPicture(
      24, 3, unicode,
      is: """
        ████████▍░░░░░░░░░░░
           ▁▂▃ ▅▄▃▂█
        ▄▄
        """
    ) {
      Gauge(0.42).draw(on: $0, x: 0, y: 0, width: 20, unicode)
      Sparkline(values).draw(on: $0, x: 0, y: 1, width: 12, unicode)
      Sparkline([2, 2, 2]).draw(on: $0, x: 0, y: 2, width: 2, unicode)
    }
    expectPicture(
      24, 2, ascii,
      is: """
        ########------------
           _.- ==-.#
        """
    ) {
      Gauge(0.42).draw(on: $0, x: 0, y: 0, width: 20, ascii)
      Sparkline(values).draw(on: $0, x: 0, y: 1, width: 12, ascii)
    }
  }
}

struct TableTests {
  /// A text that is too long goes on where the number beside it leaves room, and no farther.
  @Test func textsSpill() {
    expectPicture(
      19, 3, unicode,
      is: """
         hypernet widths 9
         hypernet w… 64-64
         rank            4
        """
    ) {
      Table(
        [.init("", .fixed(9), spills: true), .init("", .fixed(7), .right)],
        rows: [["hypernet widths", "9"], ["hypernet widths", "64-64"], ["rank", "4"]]
      ).draw(on: $0, unicode)
    }
  }

  private func table(selection: Int) -> Table {
    Table(
      [.init("id", .fixed(2)), .init("name"), .init("loss", .fit(8), .right)],
      rows: (0..<9).map { ["\($0)", "quite a long name of \($0)", "\($0)e-3"] },
      selection: selection)
  }

  @Test func columnsAndSelection() {
    expectPicture(
      28, 5, unicode,
      is: """
         id name               loss
         3  quite a long name… 3e-3▲
         4  quite a long name… 4e-3
        ▸5  quite a long name… 5e-3
         6  quite a long name… 6e-3▼
        """
    ) { table(selection: 5).draw(on: $0, unicode) }
    expectPicture(
      28, 4, ascii,
      is: """
         id name               loss
        >0  quite a long name~ 0e-3
         1  quite a long name~ 1e-3
         2  quite a long name~ 2e-3v
        """
    ) { table(selection: 0).draw(on: $0, ascii) }
    expectPicture(
      8, 3, unicode,
      is: """
         id l…
         7  7… ▲
        ▸8  8…
        """
    ) { table(selection: 8).draw(on: $0, unicode) }
  }

  /// The selection is always in view, every row can be, and the mouse finds the same rows.
  @Test func everySelectionIsInView() {
    for height in 1...12 {
      for selection in 0..<9 {
        let table = table(selection: selection)
        let visible = table.visibleRows(height: height)
        #expect(visible.count == min(height - 1, 9))
        #expect(visible.contains(selection) || height == 1)
        for row in visible {
          #expect(table.row(atY: 1 + row - visible.lowerBound, height: height) == row)
        }
        #expect(table.row(atY: 0, height: height) == nil)
      }
    }
  }
}
