import Foundation

/// How a mesh is written to a file.
package enum MeshFormat: String, CaseIterable, Sendable {
  /// Wavefront, text.
  case obj
  /// Stanford, text.
  case ply
  /// Stereolithography, binary: 80 bytes, how many triangles, and 50 bytes each.
  case stl
}

extension Mesh {
  package func file(_ format: MeshFormat) -> Data {
    switch format {
    case .obj: Data(obj.utf8)
    case .ply: Data(ply.utf8)
    case .stl: stl
    }
  }

  private var coordinates: [String] { vertices.map { "\($0.x) \($0.y) \($0.z)" } }

  private var obj: String {
    coordinates.map { "v \($0)\n" }.joined()
      + faces.map { "f \($0.x + 1) \($0.y + 1) \($0.z + 1)\n" }.joined()
  }

  private var ply: String {
    """
    ply
    format ascii 1.0
    element vertex \(vertices.count)
    property float x
    property float y
    property float z
    element face \(faces.count)
    property list uchar int vertex_indices
    end_header

    """ + coordinates.map { $0 + "\n" }.joined()
      + faces.map { "3 \($0.x) \($0.y) \($0.z)\n" }.joined()
  }

  private var stl: Data {
    var data = Data(repeating: 0x20, count: 80)
    func append(_ number: UInt32) {
      withUnsafeBytes(of: number.littleEndian) { data.append(contentsOf: $0) }
    }
    append(UInt32(faces.count))
    for face in faces {
      let (a, b, c) = corners(of: face)
      for vector in [(b - a).cross(c - a).normalized, a, b, c] {
        for axis in 0..<3 { append(vector[axis].bitPattern) }
      }
      data.append(contentsOf: [0, 0])
    }
    return data
  }
}
