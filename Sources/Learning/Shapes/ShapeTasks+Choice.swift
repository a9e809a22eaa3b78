import Foundation
import Synchronization

/// Which bodies there are.
enum ShapeChoice: String, CaseIterable, Sendable {
  case all, solids, meshes
}

extension ShapeTasks {
  private static let solids: [Entry] = [
    Entry(name: "sphere-s", solid: AnalyticSolid.sphere(radius: 0.5)),
    Entry(name: "sphere-l", solid: AnalyticSolid.sphere(radius: 0.8)),
    Entry(name: "torus-s", solid: AnalyticSolid.torus(major: 0.6, minor: 0.15)),
    Entry(name: "torus-l", solid: AnalyticSolid.torus(major: 0.6, minor: 0.3)),
    Entry(name: "box", solid: AnalyticSolid.box(half: Vector(0.7, 0.5, 0.4))),
    Entry(name: "cylinder", solid: AnalyticSolid.cylinder(radius: 0.45, halfHeight: 0.75)),
    Entry(name: "cone", solid: AnalyticSolid.cone(radius: 0.7, halfHeight: 0.75)),
    Entry(
      name: "union",
      solid: AnalyticSolid.union([
        .box(half: Vector(0.3, 0.3, 0.8)),
        .moved(.sphere(radius: 0.5), by: Vector(0, 0, 0.25)),
        .moved(.cylinder(radius: 0.65, halfHeight: 0.1), by: Vector(0, 0, -0.7)),
      ])),
  ]

  private static let solidsBetween: [Entry] = [
    Entry(
      name: "sphere", solid: AnalyticSolid.sphere(radius: 0.65),
      between: ["sphere-s", "sphere-l"]),
    Entry(
      name: "torus", solid: AnalyticSolid.torus(major: 0.6, minor: 0.225),
      between: ["torus-s", "torus-l"]),
  ]

  /// How many of the embedded meshes are trained; the others are held out.
  private static let trainedMeshes = 8
  /// The most meshes of a person's own.
  private static let mostMeshes = 64

  /// The last families that were made: networks are built anew much more often than bodies change.
  private static let made = Mutex<[Source: ShapeTasks]>([:])

  private enum Source: Hashable {
    case embedded(ShapeChoice)
    case poses(Int)
    case files([TextFile])
  }

  /// - Parameters:
  ///   - path: a mesh or a folder of meshes of a person's own, in place of the embedded ones.
  ///   - poses: of the solids, how many poses each is trained in; 0 is as it is.
  static func named(
    _ path: String, otherwise choice: ShapeChoice, poses: Int, objective: Objective
  ) throws(KnobError) -> ShapeTasks {
    guard poses == 0 || path.isEmpty && choice == .solids else {
      throw KnobError(
        "only the analytic solids are trained in poses; set shapes=solids beside poses=\(poses), and no "
          + "data")
    }
    let source: Source =
      poses > 0 ? .poses(poses) : path.isEmpty ? .embedded(choice) : .files(try files(path))
    if let known = made.withLock({ $0[source] }) { return known.measured(by: objective) }
    let tasks = ShapeTasks(try entries(source), objective: objective)
    if let thin = tasks.emptyTask {
      throw KnobError(
        "'\(thin)' is too thin: none of the places that a body is measured on lies inside; make it "
          + "thicker", ofData: true)
    }
    made.withLock {
      if $0.count > 3 { $0.removeAll() }
      $0[source] = tasks
    }
    return tasks
  }

  private static func entries(_ source: Source) throws(KnobError) -> [Entry] {
    switch source {
    case .embedded(let choice):
      var (trained, heldOut): ([Entry], [Entry]) = ([], [])
      if choice != .meshes { (trained, heldOut) = (solids, solidsBetween) }
      if choice != .solids {
        for (index, (name, mesh)) in try EmbeddedMeshes.all.get().enumerated() {
          if index < trainedMeshes {
            trained.append(Entry(name: name, solid: MeshSolid(mesh)))
          } else {
            heldOut.append(Entry(name: name, solid: MeshSolid(mesh), between: []))
          }
        }
      }
      return trained + heldOut
    case .poses(let count):
      return posed(count) + posed(1, isHeldOut: true)
    case .files(let files):
      var entries: [Entry] = []
      for file in files {
        let name = ((file.path as NSString).lastPathComponent as NSString).deletingPathExtension
        let isTaken = entries.contains { $0.name == name }
        entries.append(
          Entry(
            name: isTaken ? (file.path as NSString).lastPathComponent : name,
            solid: MeshSolid(try Mesh(path: file.path).normalized())))
      }
      return entries
    }
  }

  /// Every solid in so many poses.
  private static func posed(_ count: Int, isHeldOut: Bool = false) -> [Entry] {
    solids.enumerated().flatMap { index, entry in
      (0..<count).map { number in
        let key = RandomKey(
          seed: isHeldOut ? 1 : 0, stream: .split, step: index * 1000 + number)
        return Entry(
          name: "\(entry.name)-\(isHeldOut ? "new" : "\(number + 1)")", solid: entry.solid,
          pose: Pose(key: key, scale: poses.scales, shift: poses.shift),
          between: isHeldOut ? [] : nil)
      }
    }
  }

  private static func files(_ path: String) throws(KnobError) -> [TextFile] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw KnobError(
        "there is no mesh at '\(path)'; give an OFF or OBJ file, or a folder of them", ofData: true)
    }
    guard isFolder.boolValue else { return [try TextFile(path)] }
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      throw KnobError("the folder '\(path)' cannot be read; may you read it?", ofData: true)
    }
    let meshes = names.filter {
      ["off", "obj"].contains(($0 as NSString).pathExtension.lowercased())
    }.sorted()
    guard !meshes.isEmpty else {
      throw KnobError(
        "the folder '\(path)' has no file that ends in .off or .obj; meshes in those formats are read",
        ofData: true)
    }
    guard meshes.count <= mostMeshes else {
      throw KnobError(
        "the folder '\(path)' has \(meshes.count) meshes, more than the \(mostMeshes) that are taken; "
          + "give fewer", ofData: true)
    }
    var files: [TextFile] = []
    for name in meshes {
      files.append(try TextFile((path as NSString).appendingPathComponent(name)))
    }
    return files
  }
}
