/// What of a graph its outputs and updates need: which nodes, and which results of its scans.
///
/// The derivative of a scan gives the cotangents of all operands, and a scan keeps its carries at all
/// times for it. What nobody asked for is left out here, with everything that it alone needs.
struct Demand {
  private(set) var isNeeded: [Bool]
  private let graph: Graph
  /// By node: the scan without what nobody reads.
  private var scans: [Int: Scan.Trimmed] = [:]

  init(_ graph: Graph, roots: [Int]) {
    self.graph = graph
    isNeeded = [Bool](repeating: false, count: graph.nodes.count)
    for root in roots { isNeeded[root] = true }
    /// By scan: the ranges of its result that are read.
    var reads: [Int: [Range<Int>]] = [:]
    for root in roots where graph.nodes[root].operation is Scan {
      reads[root] = [0..<graph.nodes[root].shape.count]
    }
    for index in graph.nodes.indices.reversed() where isNeeded[index] {
      let node = graph.nodes[index]
      if let scan = node.operation as? Scan { scans[index] = scan.trimmed(to: reads[index] ?? []) }
      for operand in self.node(index).operands {
        isNeeded[operand] = true
        guard graph.nodes[operand].operation is Scan else { continue }
        let slice = node.operation as? Slice
        reads[operand, default: []].append(
          slice.map { $0.start..<$0.start + $0.count } ?? 0..<graph.nodes[operand].shape.count)
      }
    }
  }

  /// A node that is needed, as far as it is needed: its operation and its operands in the graph.
  func node(_ index: Int) -> (operation: any Operation, operands: [Int]) {
    let node = graph.nodes[index]
    if let trimmed = scans[index] {
      return (trimmed.scan, trimmed.operands.map { node.operands[$0] })
    }
    if let slice = node.operation as? Slice, let trimmed = scans[node.operands[0]] {
      let start = slice.count == 0 ? 0 : trimmed.start(of: slice.start)
      return (Slice(axis: 0, start: start, count: slice.count), node.operands)
    }
    return (node.operation, node.operands)
  }
}

extension Scan {
  /// A scan without some of its results.
  struct Trimmed {
    let scan: Scan
    /// The operands it still has, by position.
    let operands: [Int]
    /// Ranges of the whole result, and where they start in the trimmed one.
    fileprivate let moved: [(from: Range<Int>, to: Int)]

    /// Where something starts that is read.
    func start(of start: Int) -> Int {
      guard let (from, to) = moved.first(where: { $0.from.contains(start) }) else {
        preconditionFailure("scan: a result was left out that is read")
      }
      return to + start - from.lowerBound
    }
  }

  /// The scan as far as some ranges of its result need it.
  func trimmed(to reads: [Range<Int>]) -> Trimmed {
    func isRead(_ range: Range<Int>) -> Bool { reads.contains { $0.overlaps(range) } }
    let outputs = body.outputs.indices.filter { isRead(range(ofOutput: $0)) }
    let totals = body.totals.indices.filter { isRead(range(ofTotal: $0)) }
    let keeps = body.carries.indices.map { carry in
      let (all, end) = (range(ofCarry: carry), range(ofEnd: carry))
      return reads.contains { $0.overlaps(all) && $0.clamped(to: all) != end }
    }
    let (body, slices, constants) = body.trimmed(outputs: outputs, totals: totals)
    let scan = Scan(body, length: length, isReversed: isReversed, keeps: keeps)
    let carries = keeps.indices.map { carry in
      keeps[carry]
        ? (range(ofCarry: carry), scan.range(ofCarry: carry).lowerBound)
        : (range(ofEnd: carry), scan.range(ofEnd: carry).lowerBound)
    }
    let first = self.body.slices.count
    return Trimmed(
      scan: scan,
      operands: slices + body.carries.indices.map { first + $0 }
        + constants.map { first + body.carries.count + $0 },
      moved: carries
        + outputs.enumerated().map {
          (range(ofOutput: $1), scan.range(ofOutput: $0).lowerBound)
        }
        + totals.enumerated().map { (range(ofTotal: $1), scan.range(ofTotal: $0).lowerBound) })
  }
}
