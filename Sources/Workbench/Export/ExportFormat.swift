/// How what a pane shows is written to a file.
public enum ExportFormat: String, Sendable, CaseIterable {
  /// A table (RFC 4180).
  case csv
  /// The same table in Markdown.
  case markdown = "md"
  /// The same table with what it is of.
  case json
  /// A picture.
  case svg
  /// A body as it is seen, in grey.
  case png
  /// A body's surface as triangles: see `MeshFormat`.
  case obj, ply, stl

  /// Whether only bodies are written so.
  var isOfBodies: Bool {
    switch self {
    case .csv, .markdown, .json, .svg: false
    case .png, .obj, .ply, .stl: true
    }
  }

  /// The endings a name may have, in words.
  static var endings: String {
    let all = allCases.map { ".\($0.rawValue)" }
    return all.dropLast().joined(separator: ", ") + " or " + (all.last ?? "")
  }
}
