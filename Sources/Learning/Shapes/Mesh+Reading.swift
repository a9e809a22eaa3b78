import Foundation

extension Mesh {
  /// The most faces that are read.
  package static let mostFaces = 500_000
  private static let mostBytes = 1 << 27

  /// Reads an OFF or OBJ file, told apart by the name's ending. Throws a sentence that says what is wrong
  /// with the file and where.
  package init(path: String) throws(KnobError) {
    func wrong(_ words: String) -> KnobError {
      KnobError("the mesh '\(path)' cannot be used: \(words)", ofData: true)
    }
    let ending = (path as NSString).pathExtension.lowercased()
    guard ending == "off" || ending == "obj" else {
      throw wrong("its name ends in neither .off nor .obj, the formats that are read")
    }
    let bytes: Data
    do {
      // A device has no end.
      let target = URL(fileURLWithPath: path).resolvingSymlinksInPath()
      let about = try FileManager.default.attributesOfItem(atPath: target.path)
      guard about[.type] as? FileAttributeType == .typeRegular else {
        throw Problem(description: "it is no plain file")
      }
      guard (about[.size] as? Int ?? 0) <= Self.mostBytes else {
        throw Problem(
          description: "it has more than \(Self.mostBytes >> 20) MB; simplify it to at most "
            + "\(Self.mostFaces) faces")
      }
      bytes = try Data(contentsOf: target, options: .alwaysMapped)
    } catch let problem as Problem {
      throw wrong(problem.description)
    } catch {
      throw wrong("it cannot be read; does it exist, and may you read it?")
    }
    do throws(Problem) {
      self = try ending == "off" ? Mesh(off: bytes) : Mesh(obj: bytes)
    } catch { throw wrong(error.description) }
  }

  /// Object File Format: `OFF`, how many vertices, faces and edges, then a line for each vertex and each
  /// face, a face's beginning with how many corners it has. Numbers behind those, such as colours, are
  /// passed over.
  package init(off bytes: Data) throws(Problem) {
    var text = MeshText(bytes)
    guard var header = text.next() else { throw Problem(description: "it is empty") }
    if header[0].uppercased().hasSuffix("OFF") {
      guard !header[0].hasPrefix("4") else {
        throw text.wrong("says that vertices have four coordinates; three are read")
      }
      header.removeFirst()
      if header.first == "BINARY" {
        throw Problem(description: "it is a binary OFF; write it as text")
      }
    } else {
      throw text.wrong("should say OFF, and says '\(header[0].prefix(20))'")
    }
    if header.isEmpty {
      guard let next = text.next() else {
        throw Problem(description: "it ends before the numbers of vertices and faces")
      }
      header = next
    }
    guard header.count >= 2, let vertexCount = Int(header[0]), let faceCount = Int(header[1]),
      vertexCount >= 0, faceCount >= 0
    else { throw text.wrong("should have the numbers of vertices and faces, such as `8 12 0`") }
    try Self.limit(faceCount)
    guard vertexCount <= 3 * Self.mostFaces else {
      throw text.wrong("says there are \(vertexCount) vertices, more than \(3 * Self.mostFaces)")
    }

    var vertices: [Vector] = []
    vertices.reserveCapacity(min(vertexCount, bytes.count))
    for index in 0..<vertexCount {
      guard let words = text.next() else {
        throw Problem(
          description:
            "it ends after \(index) of \(vertexCount) vertices: it was cut short, or its "
            + "second line counts wrongly")
      }
      vertices.append(try text.vector(words[...], "vertex \(index)"))
    }
    var faces: [Face] = []
    faces.reserveCapacity(min(faceCount, bytes.count))
    for index in 0..<faceCount {
      guard let words = text.next() else {
        throw Problem(
          description:
            "it ends after \(index) of \(faceCount) faces: it was cut short, or its second "
            + "line counts wrongly")
      }
      guard let size = Int(words[0]), (3...1000).contains(size) else {
        throw text.wrong(
          "should begin with how many corners face \(index) has, 3 or more, not "
            + "'\(words[0].prefix(20))'")
      }
      let corners = words.dropFirst().prefix(size).compactMap { Int32($0) }
      guard corners.count == size else {
        throw text.wrong("should have the \(size) corners of face \(index)" + text.ending)
      }
      if let outside = corners.first(where: { $0 < 0 || $0 >= vertexCount }) {
        throw text.wrong(
          "has the corner \(outside), and there are vertices 0 … \(vertexCount - 1)")
      }
      faces += MeshText.fan(corners)
      try Self.limit(faces.count)
    }
    if text.next() != nil {
      throw text.wrong(
        "comes after the \(vertexCount) vertices and \(faceCount) faces that its second line counts; "
          + "correct the counts")
    }
    try self.init(vertices: vertices, faces: faces)
  }

  /// Wavefront OBJ: lines `v x y z` and `f a b c …`, corners counted from 1, or from the newest backwards
  /// where they are negative; what stands behind a corner's slash, and all other lines, are passed over.
  package init(obj bytes: Data) throws(Problem) {
    var text = MeshText(bytes)
    var vertices: [Vector] = []
    var faces: [Face] = []
    while let words = text.next() {
      switch words[0] {
      case "v":
        vertices.append(try text.vector(words.dropFirst(), "vertex \(vertices.count + 1)"))
        guard vertices.count <= 3 * Self.mostFaces else {
          throw text.wrong("has one vertex more than the \(3 * Self.mostFaces) that are read")
        }
      case "f":
        var corners: [Int32] = []
        for word in words.dropFirst() {
          let number = word.prefix { $0 != "/" }
          guard let corner = Int(number), corner != 0 else {
            throw text.wrong("has the corner '\(word.prefix(20))'; corners are counted from 1")
          }
          let index = corner > 0 ? corner - 1 : vertices.count + corner
          guard vertices.indices.contains(index) else {
            throw text.wrong("has the corner \(corner), and \(vertices.count) vertices come before")
          }
          corners.append(Int32(index))
        }
        guard corners.count >= 3 else {
          throw text.wrong("is a face of \(corners.count) corners; it has 3 or more")
        }
        faces += MeshText.fan(corners)
        try Self.limit(faces.count)
      default: continue
      }
    }
    try self.init(vertices: vertices, faces: faces)
  }

  private static func limit(_ faces: Int) throws(Problem) {
    guard faces > mostFaces else { return }
    throw Problem(
      description: "it has \(faces) faces or more, and at most \(mostFaces) are read; simplify it")
  }
}
