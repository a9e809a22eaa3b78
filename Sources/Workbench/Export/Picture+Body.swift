import Foundation
import Learning
import Terminal
import Training

extension Picture {
  /// A body as it is seen in its pane, the task's own beside it: a line of squares of one colour is one
  /// rectangle.
  static func body(_ body: Behaviour.Body, _ model: Model) -> String {
    let (side, dot) = (120, 3.0)
    let fields = [body.field] + (body.truth.map { [$0] } ?? [])
    let size = Double(side) * dot
    var svg = canvas(
      model, width: max(40 + Double(fields.count) * (size + 20), 420), height: size + 70)
    let overlap = body.overlap.map { ", IoU \(percent($0, 1))" } ?? ""
    svg.text("f(x; H(z)) < 0: \(caption(model))\(overlap)", x: 20, y: 20, size: 14)
    for (index, field) in fields.enumerated() {
      let left = 20 + Double(index) * (size + 20)
      let picture = BodyPicture(field, model.target.camera, width: side, height: side)
      svg.text(
        index == 0 ? "generated" : model.referenceName ?? "task", x: left, y: size + 56,
        fill: svg.subdued)
      for row in 0..<side {
        var first = 0
        for column in 1...side where column == side || picture[column, row] != picture[first, row] {
          if let fill = fill(picture[first, row], svg) {
            svg.rect(
              x: left + Double(first) * dot, y: 36 + Double(row) * dot,
              width: Double(column - first) * dot, height: dot, fill: fill)
          }
          first = column
        }
      }
    }
    return svg.document
  }

  private static func fill(_ pixel: BodyPicture.Pixel, _ svg: SVG) -> String? {
    switch pixel {
    case .nothing: return nil
    case .inside: return svg.accent
    case .surface(let light):
      let grey = grey(light)
      return "rgb(\(grey),\(grey),\(grey))"
    }
  }

  private static func grey(_ light: Float) -> Int {
    Int((min(max(light.isFinite ? light : 0, 0), 1) * 255).rounded())
  }

  /// The body alone as an image of grey pixels; black where there is nothing.
  static func image(_ body: Behaviour.Body, _ camera: BodyCamera) -> Data? {
    let side = 512
    let picture = BodyPicture(body.field, camera, width: side, height: side)
    return GreyImage(
      width: side, height: side,
      pixels: picture.pixels.map { pixel in
        switch pixel {
        case .nothing: 0
        case .inside: 128
        case .surface(let light): UInt8(max(grey(light), 1))
        }
      }
    ).png
  }
}
