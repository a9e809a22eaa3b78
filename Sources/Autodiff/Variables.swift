import Glibc

/// Named storage that plans share: parameters and optimiser state, in one block of memory.
///
/// Every variable starts at a multiple of 64 bytes. Not for two threads at once.
public final class Variables {
  public struct Entry: Hashable, Sendable {
    public let name: String
    public let shape: Shape
    /// Where it starts in the block, in floats.
    public let offset: Int
  }

  /// In order of creation.
  public let entries: [Entry]
  /// The whole block, gaps (zeros) included: two blocks of equal entries can be copied as one.
  public let block: UnsafeMutableBufferPointer<Float>
  private let index: [String: Int]

  /// Storage for the variables of these graphs, in order of creation, all zeros. A name two graphs
  /// use is one variable and must have one shape.
  public convenience init(_ graphs: Graph...) {
    var seen: [String: Shape] = [:]
    var list: [(String, Shape)] = []
    for graph in graphs {
      for (name, shape) in graph.variableShapes {
        if let known = seen[name] {
          require(
            known == shape, "variable “\(name)” is \(known) in one graph and \(shape) in another")
        } else {
          seen[name] = shape
          list.append((name, shape))
        }
      }
    }
    self.init(list)
  }

  /// Bytes that storage for these takes.
  public static func bytes(_ list: [(name: String, shape: Shape)]) -> Int {
    list.reduce(0) { $0 + Arena.rounded($1.shape.count) } * MemoryLayout<Float>.stride
  }

  public init(_ list: [(name: String, shape: Shape)]) {
    var entries: [Entry] = []
    var end = 0
    for (name, shape) in list {
      entries.append(Entry(name: name, shape: shape, offset: end))
      end += Arena.rounded(shape.count)
    }
    self.entries = entries
    index = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.name, $0) })
    block = allocateFloats(end)
    block.update(repeating: 0)
  }

  deinit { UnsafeMutableRawPointer(block.baseAddress)?.deallocate() }

  /// The number of elements of all variables together.
  public var count: Int { entries.reduce(0) { $0 + $1.shape.count } }

  public func contains(_ name: String) -> Bool { index[name] != nil }

  public func shape(_ name: String) -> Shape { entry(name).shape }

  /// The elements of a variable where they lie.
  public func storage(_ name: String) -> UnsafeMutableBufferPointer<Float> {
    let entry = entry(name)
    return UnsafeMutableBufferPointer(
      rebasing: block[entry.offset..<entry.offset + entry.shape.count])
  }

  /// The elements of a variable as a copy.
  public subscript(_ name: String) -> [Float] {
    get { Array(storage(name)) }
    set {
      let storage = storage(name)
      require(
        newValue.count == storage.count,
        "variable “\(name)” has \(storage.count) elements, not \(newValue.count)")
      _ = storage.update(from: newValue)
    }
  }

  /// Takes over all numbers of storage with the same entries.
  public func copy(from other: Variables) {
    require(entries == other.entries, "the variables differ in names or shapes")
    _ = block.update(from: other.block)
  }

  private func entry(_ name: String) -> Entry {
    guard let position = index[name] else {
      refuse("no variable “\(name)”; there are \(entries.map(\.name).joined(separator: ", "))")
    }
    return entries[position]
  }
}

extension Graph {
  /// The variables in order of creation.
  public var variableShapes: [(name: String, shape: Shape)] {
    variables.compactMap { index in
      (nodes[index].operation as? Variable).map { ($0.label, $0.shape) }
    }
  }

  /// The inputs in order of creation.
  public var inputShapes: [(name: String, shape: Shape)] {
    inputs.compactMap { index in (nodes[index].operation as? Input).map { ($0.label, $0.shape) } }
  }
}

/// Page-aligned memory for at least one float; not initialised.
///
/// What fills huge pages asks for them: a step that goes through millions of numbers then looks up few
/// pages, and what fetches ahead of it does not stop at the end of each small one.
///
/// Whoever takes sizes from a person weighs them first (``AvailableMemory``). Where memory has gone since,
/// or a limit is not known, the program ends with a sentence.
func allocateFloats(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
  let bytes = max(count, 1) * MemoryLayout<Float>.stride
  let wholePages = bytes / hugePageBytes * hugePageBytes
  var memory: UnsafeMutableRawPointer?
  guard
    posix_memalign(&memory, wholePages > 0 ? hugePageBytes : pageBytes, bytes) == 0,
    let raw = memory
  else {
    var sentence =
      "weft: there is no memory for another \(AvailableMemory.words(bytes)); choose smaller sizes, or "
      + "end other programs\n"
    _ = sentence.withUTF8 { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    exit(1)
  }
  // A system without them goes on as before.
  if wholePages > 0 { madvise(raw, wholePages, MADV_HUGEPAGE) }
  return UnsafeMutableBufferPointer(
    start: raw.bindMemory(to: Float.self, capacity: max(count, 1)), count: count)
}

private let pageBytes = 4096
private let hugePageBytes = 2 << 20
