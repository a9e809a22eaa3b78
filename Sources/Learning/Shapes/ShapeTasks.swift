import Synchronization

/// Tasks whose targets are bodies in the cube [−1, 1]³, so that what a network says can be looked at as one.
public protocol BodyFamily: TaskFamily {
  /// The signed distance to a task's surface at the nodes of a grid.
  func truth(of task: Int, side: Int) -> ScalarField
  /// Nodes of the picture's grid along an edge.
  var pictureSide: Int { get }
}

/// Bodies: an example is a place and its signed distance to the surface, which a network is to tell, or
/// on which side of it the place lies.
public struct ShapeTasks: BodyFamily {
  public let tasks: [TaskDescription]
  public let inputCount = ImplicitNetwork.inputCount
  public let outputCount = 1
  public let objective: Objective
  /// Where several tasks are one solid in several poses, they share what was computed of it.
  private let shapes: [SampledSolid]
  private let places: [Place]
  public let isDrawnAnew: Bool
  private let between: [[(task: Int, weight: Float)]]
  /// Every task's signed distances at the nodes that it is measured on.
  private let evaluation: [ScalarField]
  private let truths = Truths()

  /// Nodes along an edge: of the grid that tasks are measured on while they train, and of the picture.
  static let evaluationSide = 24
  public let pictureSide = 16

  /// One body of the family.
  struct Entry: Sendable {
    let name: String
    let solid: any Solid
    /// Where it stands; nil for as it is.
    var pose: Pose?
    /// Names of the training tasks it lies in the middle of; nil for a training task.
    var between: [String]?

    fileprivate var body: any Solid { pose.map { PosedSolid(solid, $0) } ?? solid }
  }

  /// A task's body: which of the shapes, and where it stands.
  private struct Place: Sendable {
    let shape: Int
    let pose: Pose?
  }

  /// How large and how far from the middle of the cube solids stand that are turned: they stay inside of it.
  static let poses = (scales: Float(0.5)...0.8, shift: Float(0.1))

  /// - Parameter entries: training tasks first.
  init(_ entries: [Entry], objective: Objective) {
    self.objective = objective
    var (shapes, places): ([SampledSolid], [Place]) = ([], [])
    var known: [AnalyticSolid: Int] = [:]
    for entry in entries {
      let analytic = entry.solid as? AnalyticSolid
      let shape = analytic.flatMap { known[$0] } ?? shapes.count
      if shape == shapes.count {
        shapes.append(
          SampledSolid(entry.solid, key: RandomKey(seed: 0, stream: .family, step: shape)))
        if let analytic { known[analytic] = shape }
      }
      places.append(Place(shape: shape, pose: entry.pose))
    }
    self.shapes = shapes
    self.places = places
    isDrawnAnew = entries.contains { $0.pose != nil }
    let side = Self.evaluationSide
    let fields = entries.map { ScalarField(of: $0.body, side: side) }
    evaluation = fields
    tasks = zip(entries, fields).map { entry, field in
      let share = 100 * Double(field.insideCount) / Double(field.values.count)
      return TaskDescription(
        entry.name, role: entry.between == nil ? .training : .heldOut,
        attributes: [.init("filled", (share * 10).rounded() / 10, unit: "%")])
    }
    between = entries.map { entry in
      let names = entry.between ?? []
      return names.compactMap { name in
        entries.firstIndex { $0.name == name }.map { ($0, 1 / Float(names.count)) }
      }
    }
  }

  private init(_ other: ShapeTasks, objective: Objective) {
    tasks = other.tasks
    self.objective = objective
    shapes = other.shapes
    places = other.places
    isDrawnAnew = other.isDrawnAnew
    between = other.between
    evaluation = other.evaluation
  }

  /// A body so thin that no node of the grid lies inside; nil where there is none.
  var emptyTask: String? {
    zip(tasks, evaluation).first { $1.insideCount == 0 }?.0.name
  }

  /// The same bodies under another objective.
  func measured(by objective: Objective) -> ShapeTasks { ShapeTasks(self, objective: objective) }

  public func fillBatch(
    tasks: UnsafeBufferPointer<Int>, examples: Int, key: RandomKey,
    x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>
  ) {
    for row in tasks.indices {
      fill(
        places[tasks[row]], examples, key, row: row, x: x.part(row, of: tasks.count),
        y: y.part(row, of: tasks.count))
    }
  }

  private func fill(
    _ place: Place, _ examples: Int, _ key: RandomKey, row: Int,
    x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>
  ) {
    let (shape, first) = (shapes[place.shape], row * examples)
    if let pose = place.pose {
      shape.fill(count: examples, key: key, first: first, pose: pose, x: x, y: y)
    } else {
      shape.fill(count: examples, key: key, first: first, x: x, y: y)
    }
  }

  /// Points of the surface, where the distance is 0.
  public func fillReading(
    tasks: UnsafeBufferPointer<Int>, examples: Int, key: RandomKey,
    x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>
  ) {
    y.update(repeating: 0)
    for row in tasks.indices {
      let place = places[tasks[row]]
      shapes[place.shape].fillSurface(
        count: examples, key: key, first: row * examples, pose: place.pose ?? Pose(),
        x: x.part(row, of: tasks.count))
    }
  }

  /// Every task's solid in a pose of the step's own.
  public func fillAnew(
    tasks: UnsafeBufferPointer<Int>, examples: Int, key: RandomKey, isReading: Bool,
    x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>
  ) {
    if isReading { y.update(repeating: 0) }
    for row in tasks.indices {
      var own = RandomKey(seed: key.seed, stream: .openTasks)
      own.step = key.step &* 4096 &+ UInt64(row)
      let place = Place(
        shape: places[tasks[row]].shape,
        pose: Pose(key: own, scale: Self.poses.scales, shift: Self.poses.shift))
      if isReading {
        shapes[place.shape].fillSurface(
          count: examples, key: key, first: row * examples, pose: place.pose ?? Pose(),
          x: x.part(row, of: tasks.count))
      } else {
        fill(
          place, examples, key, row: row, x: x.part(row, of: tasks.count),
          y: y.part(row, of: tasks.count))
      }
    }
  }

  public var evaluationCount: Int {
    Self.evaluationSide * Self.evaluationSide * Self.evaluationSide
  }

  public func fillEvaluation(
    x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>
  ) {
    let count = evaluationCount
    for task in tasks.indices {
      fillGrid(
        Self.evaluationSide,
        x: UnsafeMutableBufferPointer(rebasing: x[3 * task * count..<3 * (task + 1) * count]))
      for (index, value) in evaluation[task].values.enumerated() { y[task * count + index] = value }
    }
  }

  private func fillGrid(_ side: Int, x: UnsafeMutableBufferPointer<Float>) {
    for index in 0..<side * side * side {
      let point = ScalarField.point(index, side: side)
      for axis in 0..<3 { x[3 * index + axis] = point[axis] }
    }
  }

  public func neighbours(of task: Int) -> [(task: Int, weight: Float)] { between[task] }

  /// Intersection over union on the grid.
  public func metric(
    outputs: UnsafeBufferPointer<Float>, targets: UnsafeBufferPointer<Float>
  ) -> Float? {
    var (both, either) = (0, 0)
    for (output, target) in zip(outputs, targets) {
      if output < 0 && target < 0 { both += 1 }
      if output < 0 || target < 0 { either += 1 }
    }
    return either == 0 ? 1 : Float(both) / Float(either)
  }

  public var pictureCount: Int { pictureSide * pictureSide * pictureSide }

  public func fillPicture(reference: Int?, x: UnsafeMutableBufferPointer<Float>) {
    fillGrid(pictureSide, x: x)
  }

  public func behaviour(reference: Int?, outputs: UnsafeBufferPointer<Float>) -> Behaviour {
    .body(
      Behaviour.Body(
        field: ScalarField(side: pictureSide, values: Array(outputs)),
        truth: reference.map { truth(of: $0, side: pictureSide) }))
  }

  public func truth(of task: Int, side: Int) -> ScalarField {
    if side == Self.evaluationSide { return evaluation[task] }
    return truths.field(of: task, side: side) {
      let (solid, pose) = (shapes[places[task].shape].solid, places[task].pose)
      let body: any Solid = pose.map { PosedSolid(solid, $0) } ?? solid
      return ScalarField(of: body, side: side)
    }
  }
}

/// Fields that were asked for before.
private final class Truths: Sendable {
  private struct Key: Hashable {
    let task: Int
    let side: Int
  }

  private let known = Mutex<[Key: ScalarField]>([:])

  func field(of task: Int, side: Int, _ make: () -> ScalarField) -> ScalarField {
    let key = Key(task: task, side: side)
    if let field = known.withLock({ $0[key] }) { return field }
    let field = make()
    known.withLock { $0[key] = field }
    return field
  }
}

extension UnsafeMutableBufferPointer {
  /// One of so many parts of equal length.
  fileprivate func part(_ index: Int, of count: Int) -> UnsafeMutableBufferPointer {
    let size = self.count / count
    return UnsafeMutableBufferPointer(rebasing: self[index * size..<(index + 1) * size])
  }
}
