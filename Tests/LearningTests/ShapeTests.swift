import Autodiff
import Foundation
import Learning
import LearningTesting
import Testing

/// Bodies as tasks, and the networks that tell inside from outside.
struct ShapeTests {
  private func model(_ set: [String: String] = [:]) throws -> HypernetworkModel {
    let experiment = Shapes()
    var knobs = KnobValues(experiment.knobs)
    try knobs.set("shapes", to: "solids")
    for (name, value) in set { try knobs.set(name, to: value) }
    return try #require(try experiment.model(knobs) as? HypernetworkModel)
  }

  @Test func thereAreSolidsAndMeshes() throws {
    let all = try model(["shapes": "all"]).family
    #expect(all.trainingTaskCount == 16)
    #expect(all.heldOutTasks.count == 4)
    #expect(try model().family.trainingTaskCount == 8)
    let meshes = try model(["shapes": "meshes"]).family
    #expect(meshes.tasks.map(\.name).contains("anchor"))
    #expect(meshes.heldOutTasks.count == 2)
  }

  @Test func examplesAreDistancesMostlyNearTheSurface() throws {
    let family = try model().family
    let batch = Batch(
      family, tasks: [0, 3], examples: 900, key: RandomKey(seed: 1, stream: .inputs, step: 4))
    // The first is a sphere of radius 0.5.
    for row in 0..<900 {
      let x = Vector(batch.x[3 * row], batch.x[3 * row + 1], batch.x[3 * row + 2])
      #expect(abs(batch.y[row] - (x.length - 0.5)) < 1e-5)
    }
    #expect(batch.y[..<900].count { abs($0) < 0.1 } > 550)
    // Of a torus of radii 0.6 and 0.3.
    for row in 900..<1800 {
      let x = Vector(batch.x[3 * row], batch.x[3 * row + 1], batch.x[3 * row + 2])
      let ring = (x.x * x.x + x.y * x.y).squareRoot() - 0.6
      #expect(abs(batch.y[row] - ((ring * ring + x.z * x.z).squareRoot() - 0.3)) < 1e-5)
    }
  }

  @Test func measuresAreThoseOfTheGrid() throws {
    let family = try model().family
    let batch = Batch(evaluationOf: family)
    let count = family.evaluationCount
    for task in family.tasks.indices {
      let rows = task * count..<(task + 1) * count
      let inside = batch.y[rows].count { $0 < 0 }
      let filled = family.tasks[task].attributes[0].value
      #expect(abs(100 * Double(inside) / Double(count) - filled) < 0.06)
    }
    // A network that is right, one that says everything is inside, and one that says nothing is.
    batch.y[..<count].withUnsafeBufferPointer { targets in
      #expect(family.metric(outputs: targets, targets: targets) == 1)
      let inside = [Float](repeating: -1, count: count)
      let share = Float(targets.count { $0 < 0 }) / Float(count)
      inside.withUnsafeBufferPointer {
        #expect(family.metric(outputs: $0, targets: targets) == share)
      }
      let outside = [Float](repeating: 1, count: count)
      outside.withUnsafeBufferPointer {
        #expect(family.metric(outputs: $0, targets: targets) == 0)
      }
    }
  }

  @Test func whatIsHeldOutLiesBetween() throws {
    let family = try model().family
    for task in family.heldOutTasks {
      let between = family.neighbours(of: task)
      #expect(between.count == 2 && between.allSatisfy { $0.weight == 0.5 })
    }
  }

  /// Every step has poses of its own, the same for what is read and what is learned: a point of the surface
  /// is as far away as the distance says, or farther.
  @Test func posesAreDrawnAnew() throws {
    let model = try model(["poses": "2", "conditioning": "support-set", "points": "200"])
    let family = model.family
    #expect(family.isDrawnAnew && family.trainingTaskCount == 16 && family.heldOutTasks.count == 8)
    #expect(model.fitting.examples == 200)
    let tasks = Array(0..<16)
    func drawn(_ step: Int, isReading: Bool) -> Batch {
      var batch = Batch(
        family, tasks: tasks, examples: 200, key: RandomKey(seed: 1, stream: .inputs, step: step))
      let key = RandomKey(seed: 1, stream: isReading ? .shots : .inputs, step: step)
      batch.x.withUnsafeMutableBufferPointer { x in
        batch.y.withUnsafeMutableBufferPointer { y in
          tasks.withUnsafeBufferPointer {
            family.fillAnew(
              tasks: $0, examples: 200, key: key, isReading: isReading, x: x, y: y)
          }
        }
      }
      return batch
    }
    let (read, learned) = (drawn(5, isReading: true), drawn(5, isReading: false))
    #expect(read == drawn(5, isReading: true) && read != drawn(6, isReading: true))
    #expect(read.y.allSatisfy { $0 == 0 })
    func point(_ batch: Batch, _ row: Int) -> Vector {
      Vector(batch.x[3 * row], batch.x[3 * row + 1], batch.x[3 * row + 2])
    }
    for task in tasks {
      let surface = (0..<200).map { point(read, task * 200 + $0) }
      for row in task * 200..<(task + 1) * 200 {
        let x = point(learned, row)
        #expect(abs(x.x) < 1.3 && abs(x.y) < 1.3 && abs(x.z) < 1.3)
        let nearest = surface.map { ($0 - x).length }.min() ?? 0
        #expect(nearest >= abs(learned.y[row]) - 5e-3)
        // The inside of a union tells less than the distance.
        if task / 2 != 7 { #expect(nearest < abs(learned.y[row]) + 0.3) }
      }
    }
    #expect(throws: KnobError.self) { try self.model(["shapes": "all", "poses": "2"]) }
  }

  /// The graph against the same network in plain arithmetic.
  @Test(arguments: ["relu", "sine", "tanh"], [0, 3])
  func theNetworkIsItsFormula(activation: String, octaves: Int) throws {
    let target = ImplicitNetwork(
      widths: [5, 4], activation: try #require(Activation(rawValue: activation)),
      octaves: octaves, frequency: 7)
    let graph = Graph()
    let x = graph.input("x", [1, 6, 3])
    let weights = target.tensors.map { tensor in
      Weight(graph.input(tensor.name, Shape([1] + tensor.shape.dimensions)))
    }
    let outputs = target(weights, x)
    #expect(outputs.shape == [1, 6, 1])
    let plan = Plan(graph, outputs: [outputs], variables: Variables(graph))
    let key = RandomKey(seed: 4, stream: .inputs)
    let points = key.uniform(18, from: -1, to: 1)
    _ = plan.input("x").update(fromContentsOf: points)
    var numbers: [[Float]] = []
    for (index, tensor) in target.tensors.enumerated() {
      let values = RandomKey(seed: 4, stream: .noise, step: index)
        .normal(tensor.shape.count, deviation: 0.3)
      _ = plan.input(tensor.name).update(fromContentsOf: values)
      numbers.append(values)
    }
    plan.run()
    let own = Array(plan.value(outputs))
    for row in 0..<6 {
      let place = (0..<3).map { Double(points[3 * row + $0]) }
      var h = place
      for octave in 0..<octaves {
        let angles = place.map { $0 * .pi * pow(2, Double(octave)) }
        h += angles.map { sin($0) }
        h += angles.map { cos($0) }
      }
      for layer in 0..<3 {
        let (w, b) = (numbers[2 * layer], numbers[2 * layer + 1])
        let sums = b.indices.map { unit in
          h.indices.reduce(Double(b[unit])) { $0 + h[$1] * Double(w[$1 * b.count + unit]) }
        }
        h = sums.map { sum in
          guard layer < 2 else { return sum }
          return switch activation {
          case "relu": max(sum, 0)
          case "sine": sin(7 * sum)
          default: tanh(sum)
          }
        }
      }
      #expect(abs(Double(own[row]) - h[0]) < 1e-4)
    }
  }

  /// With SIREN's initialisation generated sines are neither flat nor noise: the signals of every hidden
  /// layer have the size that Sitzmann et al. give, whatever ω is.
  @Test(arguments: ["10", "30"]) func generatedSinesKeepTheirSize(frequency: String) throws {
    let model = try model([
      "target-activation": "sine", "octaves": "0", "frequency": frequency,
      "target-widths": "64-64-64",
    ])
    let program = model.signalProgram()
    let variables = Variables(model.variables.map { ($0.name, $0.shape) })
    model.initialize(variables, seed: 3)
    let plan = Plan(
      program.graph, outputs: program.layers.map(\.sum) + program.layers.map(\.output),
      updates: false, variables: variables)
    model.family.fillPicture(reference: nil, x: plan.input("x"))
    let embedding = variables.storage(HypernetworkModel.embedding)
    _ = plan.input("context").update(from: embedding[..<model.contextCount])
    plan.run()
    for layer in program.layers.dropFirst().dropLast() {
      let sums = plan.value(layer.sum)
      let mean = sums.reduce(0, +) / Float(sums.count)
      let square = sums.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(sums.count)
      #expect((0.3...3).contains(square.squareRoot()), "\(layer.name): \(square.squareRoot())")
    }
  }

  @Test func objectivesAreTheirFormulas() {
    let (f, y): ([Float], [Float]) = ([0.5, -2, 30, -0.02], [0.3, -0.05, -1, 0.01])
    func binary(_ f: Double, _ y: Double) -> Double {
      log1p(exp(-abs(f))) + max(f, 0) - (y > 0 ? f : 0)
    }
    func clamped(_ x: Double) -> Double { min(max(x, -0.1), 0.1) }
    func distance(_ f: Double, _ y: Double) -> Double { abs(f - clamped(y)) / 0.1 }
    let cases: [(Objective, (Double, Double) -> Double)] = [
      (.occupancy, binary), (.signedDistance(limit: 0.1), distance),
    ]
    for (objective, formula) in cases {
      let graph = Graph()
      let (outputs, targets) = (graph.input("f", [2, 2, 1]), graph.input("y", [2, 2, 1]))
      let losses = objective.perTask(outputs, targets)
      let plan = Plan(graph, outputs: [losses], variables: Variables(graph))
      _ = plan.input("f").update(fromContentsOf: f)
      _ = plan.input("y").update(fromContentsOf: y)
      plan.run()
      for task in 0..<2 {
        let expected = (0..<2).reduce(0.0) {
          $0 + formula(Double(f[2 * task + $1]), Double(y[2 * task + $1])) / 2
        }
        #expect(abs(Double(plan.value(losses)[task]) - expected) < 1e-4)
      }
    }
  }

  @Test func meshesOfOnesOwn() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("weft-shapes-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let mesh = try #require(
      MarchingTetrahedra.mesh(
        of: ScalarField(of: AnalyticSolid.torus(major: 0.5, minor: 0.3), side: 16)))
    for name in ["ring.obj", "other.OBJ"] {
      try mesh.file(.obj).write(to: folder.appendingPathComponent(name))
    }
    try Data("notes".utf8).write(to: folder.appendingPathComponent("notes.txt"))
    let family = try model(["data": folder.path]).family
    #expect(family.tasks.map(\.name) == ["other", "ring"])
    let single = try model(["data": folder.appendingPathComponent("ring.obj").path]).family
    #expect(single.tasks.map(\.name) == ["ring"])
    #expect(abs(single.tasks[0].attributes[0].value - family.tasks[0].attributes[0].value) < 1e-6)

    for (path, words) in [
      (folder.appendingPathComponent("none.off").path, "there is no mesh at"),
      (folder.appendingPathComponent("notes.txt").path, "neither .off nor .obj"),
      (folder.appendingPathComponent("empty").path, "no file that ends"),
    ] {
      if words.hasPrefix("no file") {
        try FileManager.default.createDirectory(
          atPath: path, withIntermediateDirectories: true)
      }
      let error = #expect(throws: KnobError.self) { try model(["data": path]) }
      #expect(error?.isOfData == true)
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
  }
}
