import Learning

/// An architecture as lines of text, a line for each number of the graph: what a number gives goes down in a
/// lane of its own to all that take it.
///
///     ╭● x
///     ╰┬● 1     1 takes x
///     ╭┴● 2     2 takes 1
///
/// A lane begins with ╭ or ┬, gives with ├ or ┼, ends with ╰ or ┴, and is passed over where nothing joins.
package struct GraphLanes {
  package struct Cell: Equatable {
    package var glyph: Unicode.Scalar
    package var ascii: Unicode.Scalar
    /// Whose lane it is; nil of a line on its way to the node.
    package var source: Int?
  }

  /// By number of the graph: cells from left to right, the node's own sign comes after them.
  package let rows: [[Cell?]]
  var width: Int { rows.first?.count ?? 0 }

  package init(_ architecture: Architecture) {
    let end = architecture.end
    // The last number that takes what each gives.
    var last = [Int](repeating: -1, count: end + 1)
    for number in 1...end { for input in architecture.inputs(of: number) { last[input] = number } }
    // Column 0 is next to the nodes.
    var lanes: [Int?] = []
    var drawn: [[(column: Int, glyph: Unicode.Scalar, ascii: Unicode.Scalar, source: Int?)]] = []
    for number in 0...end {
      let inputs = architecture.inputs(of: number)
      var row: [(column: Int, glyph: Unicode.Scalar, ascii: Unicode.Scalar, source: Int?)] = []
      let joined = lanes.indices.filter { lanes[$0].map(inputs.contains) == true }
      var start: Int?
      if last[number] > number {
        start = lanes.firstIndex { $0 == nil } ?? lanes.count
      }
      // The leftmost end of the line that comes to the node.
      let reach = max(joined.max() ?? -1, start ?? -1)
      for column in 0..<max(lanes.count, (start ?? -1) + 1) {
        let source = column < lanes.count ? lanes[column] : nil
        let isLeftmost = column == reach
        if column == start {
          row.append((column, isLeftmost ? "╭" : "┬", isLeftmost ? "," : "-", number))
        } else if joined.contains(column), let source {
          let ends = last[source] == number
          row.append(
            isLeftmost
              ? (column, ends ? "╰" : "├", ends ? "`" : "+", source)
              : (column, ends ? "┴" : "┼", ends ? "'" : "+", source))
        } else if let source {
          row.append((column, "│", "|", source))
        } else if column < reach {
          row.append((column, "─", "-", nil))
        }
      }
      drawn.append(row)
      for column in joined where lanes[column].map({ last[$0] == number }) == true {
        lanes[column] = nil
      }
      if let start {
        if start == lanes.count { lanes.append(number) } else { lanes[start] = number }
      }
    }
    let width = lanes.count
    rows = drawn.map { row in
      var cells = [Cell?](repeating: nil, count: width)
      for item in row {
        cells[width - 1 - item.column] = Cell(
          glyph: item.glyph, ascii: item.ascii, source: item.source)
      }
      return cells
    }
  }
}
