import Autodiff
import Learning

/// Eight occupancy fields, four balls and four boxes: a hyper MLP with ReLU writes a main MLP
/// 3-64-64-64-1 for each, which tells inside from outside at fresh points.
enum Shapes {
  static let workload = Workload(
    "shapes",
    sizes: [
      .size("shapes", 8, "shapes: balls first, then boxes, and so on in turn"),
      .size("embedding", 16, "numbers of a shape's latent code"),
      .size("hidden", 128, "width of the hyper MLP's hidden layers"),
      .size("width", 64, "width of the main MLP's hidden layers", most: 512),
      .size("points", 1024, "points of each shape", most: 65_536),
    ]
  ) { size in
    let (shapes, points, width) = (size("shapes"), size("points"), size("width"))
    let builder = ProblemBuilder()
    let hyper = HyperMLP(
      tasks: shapes, embedding: size("embedding"), hidden: size("hidden"), gain: 2,
      activation: { $0.relu() })
    let main = FlatMLP(widths: [3, width, width, width, 1], gain: 2)
    let batch = builder.batch(
      [("p", [shapes, points, 3]), ("inside", [shapes, points])], fresh: true
    ) { arrays, key in
      key.fillUniform(arrays[0], from: -1, to: 1)
      for shape in 0..<shapes {
        for point in shape * points..<(shape + 1) * points {
          let at = (arrays[0][3 * point], arrays[0][3 * point + 1], arrays[0][3 * point + 2])
          arrays[1][point] = isInside(at, shape % 8) ? 1 : 0
        }
      }
    }
    let logits = hyper(main, batch[0], builder).reshaped(to: [shapes, points])
    // −y log σ(z) − (1 − y) log(1 − σ(z)), without overflow.
    let loss = (logits.softplus() - batch[1] * logits).mean()
    return builder.minimise(loss, rate: 1e-4)
  }

  private static func isInside(_ p: (Float, Float, Float), _ shape: Int) -> Bool {
    switch shape {
    case 0..<4:
      let radius = 0.4 + 0.1 * Float(shape)
      return p.0 * p.0 + p.1 * p.1 + p.2 * p.2 < radius * radius
    case 4: return abs(p.0) < 0.3 && abs(p.1) < 0.7 && abs(p.2) < 0.5
    case 5: return abs(p.0) < 0.4 && abs(p.1) < 0.6 && abs(p.2) < 0.5
    case 6: return abs(p.0) < 0.5 && abs(p.1) < 0.5 && abs(p.2) < 0.5
    default: return abs(p.0) < 0.6 && abs(p.1) < 0.4 && abs(p.2) < 0.5
    }
  }
}
