import Learning
import Terminal
import Testing
import Training
import Workbench

/// What must hold of every picture, whatever the model and however small the terminal.
struct ScreenPropertyTests {
  private static let depths: [Capabilities] = [
    .everything, Capabilities(colors: .ansi16, unicode: true),
    Capabilities(colors: .mono, unicode: false),
  ]

  private static let overlays: [Overlay?] = [
    nil, .help(ListState()), .palette(ListState()),
    .browser(
      BrowserState(entries: [
        .experiment(name: "sine-family", summary: "sinusoids"),
        .session(
          SessionSummary(
            path: "sessions/0142-sine-family.json", experiment: "sine-family", step: 12_480,
            seed: 42, trainingLoss: 3e-3, validationLoss: 4e-3, size: 345_000, modified: 0,
            thumbnail: (0..<32).map { 1 / Float($0 + 1) }, problem: nil)),
      ])),
    .prompt(Prompt(purpose: .value, label: "learning rate", text: "0.0x", problem: "not a number")),
  ]

  /// Every sign on the screen takes one column, and in ASCII is ASCII.
  private func check(_ model: Model, _ size: Size, _ what: String) {
    let buffer = CellBuffer(size)
    Screen.render(model, on: buffer.canvas)
    for cell in buffer.cells {
      if !cell.glyph.isNarrow || (!model.usesUnicode && cell.glyph.value > 0x7E) {
        Issue.record("U+\(String(cell.glyph.value, radix: 16)) in \(what) at \(size)")
        return
      }
    }
  }

  @Test func everySizeIsDrawn() {
    for (name, make) in ModelFixture.all {
      for capabilities in Self.depths {
        var model = make(Size(120, 36), capabilities)
        for width in [1, 2, 3, 9, 26, 39, 40, 41, 59, 60, 79, 80, 109, 110, 120, 159, 160, 300] {
          for height in [1, 2, 5, 9, 10, 15, 16, 23, 24, 29, 30, 36, 45, 100] {
            model.focus = Pane.allCases[(width + height) % 8]
            model.comparison = RaceFixture.view(part: (width + height / 8) % 3)
            model.isZoomed = (width + height) % 3 == 0
            model.front = model.focus
            check(model, Size(width, height), name)
          }
        }
      }
    }
  }

  @Test func everyOverlayIsDrawnAtEverySize() {
    for overlay in Self.overlays {
      for capabilities in Self.depths {
        var model = ModelFixture.sineFamily(Size(80, 24), capabilities)
        model.overlay = overlay
        for width in stride(from: 40, through: 200, by: 17) {
          for height in stride(from: 10, through: 60, by: 7) {
            check(model, Size(width, height), "an overlay")
          }
        }
      }
    }
  }

  /// A pane draws inside its canvas at any size; around it nothing changes.
  @Test func panesStayInside() {
    let models =
      ModelFixture.all.map { $0.make(Size(120, 36), .everything) } + [ModelFixture.fresh()]
    for var model in models {
      model.comparison = RaceFixture.view()
      for tensor in model.snapshot.description.tensors.indices {
        model.weights.tensor = tensor
        model.weights.row = 0
        model.weights.column = 0
        for pane in Pane.allCases where tensor == 0 || pane == .weights {
          let view = pane.view(model, Ink(model.theme, model.capabilities))
          for width in [0, 1, 2, 3, 4, 5, 8, 13, 24, 38, 58, 118, 298] {
            for height in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 30, 98] {
              let buffer = CellBuffer(Size(width + 2, height + 2))
              buffer.canvas.fill(nil, Cell("#"))
              let inside = Rect(x: 1, y: 1, width: width, height: height)
              buffer.canvas.sub(inside).fill()
              view.draw(on: buffer.canvas.sub(inside))
              for y in 0..<height + 2 {
                for x in 0..<width + 2 where !inside.contains(x: x, y: y) {
                  #expect(buffer[x, y] == Cell("#"), "\(pane) at \(width)×\(height)")
                }
              }
            }
          }
        }
      }
    }
  }

  /// Whatever lies over the panes, the state of the run and the keys stay in view.
  @Test func overlaysLeaveTheStatusLine() {
    for overlay in Self.overlays {
      var model = ModelFixture.sineFamily()
      model.overlay = overlay
      for size in [Size(120, 36), Size(80, 24), Size(60, 16), Size(40, 10)] {
        let lines = picture(model, size).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0].contains("RUN"), "at \(size)")
        #expect(lines.last?.isEmpty == false)
      }
    }
  }

  @Test func nothingIsSaidByColourAlone() {
    // Without colour, the states of a run, of tasks and of classified pictures still differ.
    let mono = Capabilities(colors: .mono, unicode: true)
    var model = ModelFixture.sineFamily(Size(120, 36), mono)
    let running = picture(model, Size(120, 36))
    model.snapshot.state = .paused
    #expect(picture(model, Size(120, 36)) != running)
    #expect(running.contains("●") && running.contains("○"))
    let digits = picture(ModelFixture.digitViews(Size(120, 36), mono), Size(120, 36))
    #expect(digits.contains("✓") && digits.contains("7→1✗"))
    // The focused pane has a heavy border; moving the focus moves it.
    model.focus = .loss
    let lines = picture(model, Size(120, 36)).split(separator: "\n")
    #expect(lines[1].contains("┏━ 3 Loss"))
    let buffer = CellBuffer(Size(120, 36))
    Screen.render(model, on: buffer.canvas)
    #expect(
      buffer.cells.allSatisfy {
        $0.style.foreground == .standard && $0.style.background == .standard
      })
  }

  @Test func damagedNumbersAreDrawnToo() {
    var model = ModelFixture.sineFamily()
    model.snapshot.trainingLoss = .nan
    model.snapshot.validationLoss = .infinity
    model.snapshot.state = .failed(
      .init(
        sentence: "the gradient of head.W2.weight is not a number at step 12480",
        tensor: "head.W2.weight", step: 12_480, lastGoodStep: 12_400))
    model.context = [.nan, .infinity, -1e30, 0]
    for index in model.snapshot.tasks.indices where index % 2 == 0 {
      model.snapshot.tasks[index].context = [.nan, 1, 2, 3]
      model.snapshot.tasks[index].loss = .nan
      model.snapshot.tasks[index].recent = [.nan, .infinity, -1]
    }
    if let probe = model.probe {
      let weights = probe.weights.map {
        ProbeResult.Weights(
          specification: $0.specification, values: $0.values.map { $0 > 0 ? .nan : .infinity })
      }
      model.probe = ProbeResult(
        context: probe.context, step: 1, reference: 400, weights: weights,
        behaviour: .curve(
          .init(
            x: [.nan, 1, 2], prediction: [.infinity, .nan, -.infinity], truth: [], points: [],
            error: .nan)))
    }
    model.comparison = RaceFixture.view(isDamaged: true)
    for size in [Size(200, 60), Size(120, 36), Size(80, 24), Size(60, 16), Size(40, 10)] {
      for pane in Pane.allCases {
        model.focus = pane
        model.isZoomed.toggle()
        check(model, size, "\(pane)")
      }
    }
    let lines = picture(model, Size(120, 36)).split(separator: "\n")
    #expect(
      lines.contains {
        $0.contains("✗ B goes back to step 12,400 · the gradient of head.W2.weight is not a number")
      })
  }

  @Test func cursorsFarOutsideAreDrawnToo() {
    for make in ModelFixture.all.map(\.make) {
      var model = make(Size(120, 36), .everything)
      model.weights.row = 10_000
      model.weights.column = 10_000
      model.weights.tensor = 99
      model.target.cursor = 10_000
      model.target.hasCursor = true
      model.tasks.cursor = 999
      model.knobs.cursor = 999
      model.scrubber.cursor = 999
      model.loss.series = 99
      model.loss.crosshair = 1 << 40
      model.space.zoom = 1e9
      model.comparison = RaceFixture.view()
      model.comparison.cursor = 999
      model.comparison.firstColumn = 999
      model.comparison.crosshair = 1 << 40
      for focus in [model.focus, .compare] {
        model.focus = focus
        check(model, Size(120, 36), "far outside")
        check(model, Size(40, 10), "far outside")
      }
    }
  }

  /// A step later hardly any cell has changed: that is what keeps a frame within a few kilobytes.
  @Test func aStepChangesFewCells() throws {
    var model = ModelFixture.sineFamily()
    let before = CellBuffer(Size(120, 36))
    Screen.render(model, on: before.canvas)
    model.snapshot.step += 40
    for step in model.snapshot.step - 40..<model.snapshot.step {
      model.snapshot.history.append(3.3e-3, to: 0, step: step)
    }
    let probe = try #require(model.probe)
    model.probe = ProbeResult(
      context: probe.context, step: model.snapshot.step, reference: probe.reference,
      weights: probe.weights.map {
        .init(specification: $0.specification, values: $0.values.map { $0 * 1.002 + 1e-4 })
      }, behaviour: probe.behaviour)
    let after = CellBuffer(Size(120, 36))
    Screen.render(model, on: after.canvas)
    let changed = zip(before.cells, after.cells).count { $0 != $1 }
    #expect(changed > 0)
    #expect(changed < 120, "\(changed) cells")
  }

  private func picture(_ model: Model, _ size: Size) -> String {
    let buffer = CellBuffer(size)
    Screen.render(model, on: buffer.canvas)
    return buffer.text
  }
}
