/// A place in one block of memory for every buffer, such that buffers that live at the same time do
/// not overlap.
struct Arena {
  /// When a buffer is first written and last read, and its length in floats.
  struct Request {
    let buffer: Int
    let count: Int
    let first: Int
    let last: Int
  }

  /// By buffer, in floats.
  private(set) var offsets: [Int: Int] = [:]
  private(set) var count = 0

  /// Whole cache lines.
  static func rounded(_ count: Int) -> Int { (count + 15) / 16 * 16 }

  /// The better of two ways; the second looks at all pairs, so it is for plans of a usual size.
  init(_ requests: [Request]) {
    placeByTime(requests)
    if requests.count <= Arena.mostBySize {
      var other = Arena()
      other.placeBySize(requests)
      if other.count < count { self = other }
    }
  }

  private init() {}

  private static let mostBySize = 3000

  /// Best fit in order of time. Of the orders within a step that are tried, large first wins as a rule.
  private mutating func placeByTime(_ requests: [Request]) {
    let order = requests.sorted {
      ($0.first, -$0.count, $0.buffer) < ($1.first, -$1.count, $1.buffer)
    }
    var free = FreeList()
    /// By step: the stretches that are read there for the last time.
    var ending = [[(offset: Int, count: Int)]](
      repeating: [], count: (requests.map(\.last).max() ?? -1) + 1)
    var step = 0
    for request in order {
      while step < request.first {
        for stretch in ending[step] { free.give(stretch.offset, stretch.count) }
        step += 1
      }
      let length = Arena.rounded(request.count)
      let offset = free.take(length)
      offsets[request.buffer] = offset
      ending[request.last].append((offset, length))
    }
    count = free.end
  }

  /// The largest first, each at the lowest place that is free for as long as it lives.
  private mutating func placeBySize(_ requests: [Request]) {
    /// In order of their offsets.
    var placed: [(offset: Int, end: Int, first: Int, last: Int)] = []
    for request in requests.sorted(by: { ($0.count, $1.buffer) > ($1.count, $0.buffer) }) {
      let length = Arena.rounded(request.count)
      var offset = 0
      for other in placed where other.first <= request.last && request.first <= other.last {
        if other.offset >= offset + length { break }
        offset = max(offset, other.end)
      }
      offsets[request.buffer] = offset
      let position = placed.firstIndex { $0.offset > offset } ?? placed.count
      placed.insert((offset, offset + length, request.first, request.last), at: position)
      count = max(count, offset + length)
    }
  }
}

/// Free stretches in order of their offsets.
private struct FreeList {
  private var stretches: [(offset: Int, count: Int)] = []
  private(set) var end = 0

  /// The smallest stretch that is large enough, else new memory at the end.
  mutating func take(_ count: Int) -> Int {
    var best: Int?
    for (index, stretch) in stretches.enumerated() where stretch.count >= count {
      if let known = best, stretches[known].count <= stretch.count { continue }
      best = index
    }
    if let best {
      let offset = stretches[best].offset
      if stretches[best].count == count {
        stretches.remove(at: best)
      } else {
        stretches[best] = (offset + count, stretches[best].count - count)
      }
      return offset
    }
    if let last = stretches.last, last.offset + last.count == end {
      stretches.removeLast()
      end = last.offset + count
      return last.offset
    }
    end += count
    return end - count
  }

  mutating func give(_ offset: Int, _ count: Int) {
    var low = 0
    var high = stretches.count
    while low < high {
      let middle = (low + high) / 2
      if stretches[middle].offset < offset { low = middle + 1 } else { high = middle }
    }
    stretches.insert((offset, count), at: low)
    if low + 1 < stretches.count,
      offset + count == stretches[low + 1].offset
    {
      stretches[low].count += stretches[low + 1].count
      stretches.remove(at: low + 1)
    }
    if low > 0, stretches[low - 1].offset + stretches[low - 1].count == offset {
      stretches[low - 1].count += stretches[low].count
      stretches.remove(at: low)
    }
  }
}
