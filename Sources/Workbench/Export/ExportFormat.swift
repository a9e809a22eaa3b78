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
}
