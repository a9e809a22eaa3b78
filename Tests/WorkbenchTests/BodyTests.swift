import Foundation
import Learning
import Terminal
import Testing
import Training
import Workbench

/// A body in the target pane: how it is drawn, what keys do to it, and what leaves.
struct BodyTests {
  private func screen(_ model: Model) -> CellBuffer {
    let buffer = CellBuffer(model.size)
    Screen.render(model, on: buffer.canvas)
    return buffer
  }

  @Test func aBallIsRoundAndLitFromAboveAtTheLeft() {
    let field = ScalarField(of: AnalyticSolid.sphere(radius: 0.8), side: 48)
    let picture = BodyPicture(field, BodyCamera(), width: 100, height: 100)
    func light(_ x: Int, _ y: Int) -> Float {
      if case .surface(let light) = picture[x, y] { light } else { -1 }
    }
    // Seen as a disc of 80 % of the cube's, which takes up 1 / 1.25 of the picture.
    let lit = picture.pixels.count { $0 != .nothing }
    #expect(abs(Float(lit) / (.pi * 32 * 32) - 1) < 0.02)
    #expect(light(35, 35) > light(65, 65) + 0.3)
    #expect(light(35, 35) > 0.9)
    #expect(picture[2, 2] == .nothing)
    #expect(picture[-1, 5] == .nothing && picture[5, 100] == .nothing)
    // From everywhere the same, as far as the grid allows.
    var turned = BodyCamera()
    (turned.turn, turned.tilt) = (2.3, -0.7)
    let other = BodyPicture(field, turned, width: 100, height: 100)
    let differing = zip(picture.pixels, other.pixels).count { ($0 == .nothing) != ($1 == .nothing) }
    #expect(differing < 80)
  }

  @Test func cuttingShowsTheInside() {
    let field = ScalarField(of: AnalyticSolid.torus(major: 0.6, minor: 0.25), side: 48)
    var camera = BodyCamera()
    (camera.turn, camera.tilt) = (0, 0)
    let whole = BodyPicture(field, camera, width: 80, height: 80)
    #expect(!whole.pixels.contains(.inside))
    // Half of a ring seen from the side: two discs.
    camera.cut = 0.5
    let half = BodyPicture(field, camera, width: 80, height: 80)
    let discs = Float(half.pixels.count { $0 == .inside })
    #expect(abs(discs / (2 * .pi * 8 * 8) - 1) < 0.1)
    #expect(half[40, 40] != .inside)
    camera.cut = 1
    #expect(
      BodyPicture(field, camera, width: 80, height: 80).pixels.allSatisfy { $0 == .nothing })
  }

  /// Any camera, field and size ends in a picture.
  @Test func nothingIsTooStrange() {
    let key = RandomKey(seed: 1, stream: .inputs)
    for round in 0..<60 {
      let numbers = RandomKey(seed: 2, stream: .inputs, step: round).uniform(4, from: -10, to: 10)
      var camera = BodyCamera()
      (camera.turn, camera.tilt) = (numbers[0], numbers[1])
      (camera.zoom, camera.cut) = (numbers[2], numbers[3])
      let side = 1 + round % 5
      var values = key.normal(side * side * side)
      values[0] = round % 2 == 0 ? .nan : -.infinity
      let picture = BodyPicture(
        ScalarField(side: side, values: values), camera, width: round % 13, height: round % 7)
      #expect(picture.pixels.count == (round % 13) * (round % 7))
    }
  }

  @Test func aPersonSeesItBesideTheTask() {
    let text = screen(ModelFixture.shapes()).text
    #expect(text.contains("IoU 6"))
    #expect(text.contains("▀"))
    var zoomed = ModelFixture.shapes()
    zoomed.press("6")
    zoomed.press("z")
    let large = screen(zoomed).text
    #expect(large.contains("f(x)") && large.contains("turned 34° tilted 29°"))
    let ascii = screen(
      ModelFixture.shapes(Size(120, 36), Capabilities(colors: .mono, unicode: false))
    ).text
    #expect(ascii.unicodeScalars.allSatisfy { $0.isASCII })
    #expect(ascii.contains("@@@"))
    let mono = screen(
      ModelFixture.shapes(Size(120, 36), Capabilities(colors: .mono, unicode: true))
    ).text
    #expect(mono.contains("▓▓▓") || mono.contains("███"))
  }

  @Test func keysTurnZoomAndCut() {
    var model = ModelFixture.shapes()
    model.press("6")
    let before = model.target.camera
    model.press("l")
    #expect(abs(model.target.camera.turn - before.turn - .pi / 36) < 1e-5)
    model.press("L")
    #expect(abs(model.target.camera.turn - before.turn - 11 * .pi / 36) < 1e-5)
    model.press("j")
    #expect(model.target.camera.tilt > before.tilt)
    for _ in 0..<5 { model.press("J") }
    #expect(model.target.camera.tilt == .pi / 2)
    model.press("i")
    #expect(model.target.camera.zoom == 1.25)
    model.press("o")
    model.press("o")
    #expect(model.target.camera.zoom < 1)
    model.press("}")
    model.press("}")
    #expect(abs(model.target.camera.cut - 0.1) < 1e-6)
    #expect(screen(model).text.contains("cut 10%"))
    for _ in 0..<3 { model.press("{") }
    #expect(model.target.camera.cut == 0)
    model.press("0")
    #expect(model.target.camera == BodyCamera())
    // By itself, by half a radian a second, until it is told to stand.
    model.press("f")
    #expect(model.changesAt != nil)
    let start = model.now
    for tick in 1...20 { _ = model.update(.time, now: start + Double(tick) / 20) }
    #expect(abs(model.target.camera.turn - BodyCamera().turn - 0.5) < 0.01)
    model.press("f")
    #expect(model.target.turning == nil)
  }

  @Test func whatIsNoBodyIsNotTurned() {
    var model = ModelFixture.digitViews()
    model.press("6")
    model.press("f")
    #expect(model.target.turning == nil)
    #expect(model.toast?.text.contains("only bodies") == true)
    model.press("}")
    #expect(model.target.camera.cut == 0)
  }

  /// A rest of a moment, and the body is asked for in detail; whatever changes asks for a coarse one.
  @Test func detailIsWantedAtRest() {
    var model = ModelFixture.shapes()
    model.press("7")
    _ = model.update(.time, now: model.now + 0.01)
    model.press("l")
    let moved = model.now
    #expect(!model.wantsDetail)
    #expect(model.detailAt.map { abs($0 - moved - 0.15) < 1e-9 } == true)
    _ = model.update(.time, now: moved + 0.2)
    // Its answer is not the present context's until the probe gave one; the wish is there.
    #expect(model.wantsDetail || model.probe == nil)
    model.press("l")
    #expect(!model.wantsDetail)
  }

  @Test func aBodyLeavesAsMeshAndPicture() throws {
    var model = ModelFixture.shapes()
    model.press("6")
    func file(_ name: String) throws -> Data {
      guard case .write(let data, let path, _)? = model.say("export \(name)").first else {
        throw CocoaError(.fileNoSuchFile)
      }
      #expect(path == name)
      return data
    }
    let mesh = try Mesh(obj: try file("ball.obj"))
    #expect(abs(mesh.volume / (4.0 / 3 * .pi * 0.512) - 1) < 0.03)
    #expect(String(decoding: try file("ball.ply").prefix(3), as: UTF8.self) == "ply")
    #expect(try file("ball.stl").count == 84 + 50 * mesh.faces.count)
    #expect(Array(try file("ball.png").prefix(4)) == [0x89, 0x50, 0x4E, 0x47])
    #expect(String(decoding: try file("ball.svg"), as: UTF8.self).contains("rgb("))
    let table = String(decoding: try file("ball.csv"), as: UTF8.self)
    #expect(table.hasPrefix("x,y,z,field,truth"))
    model.press("3")
    #expect(model.say("export ball.obj").isEmpty)
    #expect(model.toast?.kind == .warning)
  }

  /// A frame of 60 × 24 cells is drawn in far less than the 66 ms that 15 a second leave.
  @Test func aFrameIsDrawnInTime() {
    let field = ScalarField(of: AnalyticSolid.torus(major: 0.6, minor: 0.25), side: 64)
    var camera = BodyCamera()
    var lit = 0
    let start = Date()
    let frames = 20
    for _ in 0..<frames {
      camera.turn += 0.1
      lit += BodyPicture(field, camera, width: 60, height: 48).pixels.count { $0 != .nothing }
    }
    let seconds = Date().timeIntervalSince(start) / Double(frames)
    #expect(lit > 0)
    #expect(seconds < 0.066, "\(seconds * 1000) ms a frame")
  }
}
