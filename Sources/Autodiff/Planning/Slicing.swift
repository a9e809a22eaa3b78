/// Which neighbouring steps go through the batch together, some of its entries at a time: what one
/// step writes is then still in the second-level cache when the next one reads it.
///
/// Steps may go together where no entry of one touches what another entry of another one writes, so
/// that it does not matter which is first; what is computed does not depend on it.
struct Slicing {
  /// Steps that go together, and how many entries of the batch at a time.
  struct Group: Equatable {
    let steps: Range<Int>
    let entries: Int
  }

  /// Entries of the batch.
  let lanes: Int
  private(set) var groups: [Group] = []

  /// What of the second-level cache a slice may fill, in bytes.
  private static let budget = 1 << 20
  private static let mostEntries = 128
  /// More steps than that keep each other from staying in the cache.
  private static let most = 48

  init(
    _ kernels: some Collection<Kernel>, _ schedule: Schedule, _ values: Values, arenaBytes: Int
  ) {
    guard arenaBytes > Slicing.budget else {
      lanes = 1
      return
    }
    lanes = Slicing.lanes(Division.work(of: kernels, members: 1, schedule, values))
    guard lanes > 1 else { return }
    var steps = 0..<0
    var accesses: [Access] = []
    func close() {
      if let group = group(steps, accesses, kernels) { groups.append(group) }
    }
    for (step, kernel) in kernels.enumerated() {
      guard let own = Access.all(of: kernel, lanes: lanes) else {
        close()
        (steps, accesses) = (step + 1..<step + 1, [])
        continue
      }
      let isFree =
        steps.count < Slicing.most
        && !accesses.contains { a in own.contains { a.conflicts(with: $0, lanes: lanes) } }
      if isFree {
        steps = steps.lowerBound..<step + 1
        accesses += own
      } else {
        close()
        (steps, accesses) = (step..<step + 1, own)
      }
    }
    close()
  }

  /// The most entries by which nearly as much of the work can be cut as by fewer.
  private static func lanes(_ work: [Int: Double]) -> Int {
    let most = work.values.max() ?? 0
    return work.filter { $0.key <= mostEntries && $0.value >= 0.7 * most }.keys.max() ?? 1
  }

  /// Steps as a group, if that pays: together they touch more than stays in the cache.
  private func group(
    _ steps: Range<Int>, _ accesses: [Access], _ kernels: some Collection<Kernel>
  ) -> Group? {
    guard steps.count > 1, bytes(accesses, entries: lanes) > Slicing.budget,
      kernels.dropFirst(steps.lowerBound).prefix(steps.count).allSatisfy({
        Access.areEven($0, lanes: lanes)
      })
    else { return nil }
    let fitting = (1..<lanes).last {
      lanes % $0 == 0 && bytes(accesses, entries: $0) <= Slicing.budget
    }
    return Group(steps: steps, entries: fitting ?? 1)
  }

  /// What the first entries touch, in bytes; what several steps touch counts once.
  private func bytes(_ accesses: [Access], entries: Int) -> Int {
    var (sum, end) = (0, 0)
    for access in accesses.sorted(by: { $0.from < $1.from }) {
      let last = access.end(entries: entries)
      sum += max(last - max(access.from, end), 0)
      end = max(end, last)
    }
    return sum
  }

  /// What the entries of a step read or write: as many bytes each, at equal distances.
  private struct Access {
    let from: Int
    let count: Int
    /// From entry to entry; 0 for what all of them read.
    let stride: Int
    let isWritten: Bool

    func end(entries: Int) -> Int { from + (entries - 1) * stride + count }

    /// Nil where entries do not touch what they share alike, or mainly share one thing to read, such as a
    /// weight of all, which would be brought again for every slice.
    static func all(of kernel: Kernel, lanes: Int) -> [Access]? {
      guard kernel.unitCosts == nil, kernel.units % lanes == 0, let touches = kernel.touches else {
        return nil
      }
      let each = kernel.units / lanes
      let first = touches(0..<each)
      let second = touches(each..<2 * each)
      guard first.count == second.count else { return nil }
      var result: [Access] = []
      var (own, shared) = (0, 0)
      for (a, b) in zip(first, second) where a.to > a.from {
        let count = Int(a.to - a.from)
        let stride = Int(bitPattern: b.from) - Int(bitPattern: a.from)
        if stride >= count {
          own += count * lanes
        } else {
          guard stride == 0, !a.isWritten else { return nil }
          shared += count
        }
        result.append(
          Access(
            from: Int(bitPattern: a.from), count: count, stride: stride, isWritten: a.isWritten))
      }
      return shared * 8 <= own ? result : nil
    }

    /// Whether all entries are as far apart as the first two.
    static func areEven(_ kernel: Kernel, lanes: Int) -> Bool {
      guard let touches = kernel.touches else { return false }
      let each = kernel.units / lanes
      let first = touches(0..<each)
      let second = touches(each..<2 * each)
      return (2..<lanes).allSatisfy { lane in
        let own = touches(lane * each..<(lane + 1) * each)
        return own.count == first.count
          && own.indices.allSatisfy { index in
            let step = second[index].from &- first[index].from
            return own[index].from == first[index].from &+ UInt(lane) &* step
              && own[index].to &- own[index].from == first[index].to &- first[index].from
          }
      }
    }

    /// Whether some entry of the one touches what another entry of the other writes, or the reverse.
    func conflicts(with other: Access, lanes: Int) -> Bool {
      guard isWritten || other.isWritten, from < other.end(entries: lanes),
        other.from < end(entries: lanes)
      else { return false }
      guard stride == other.stride else { return true }
      // Entry i of this and entry i + k of the other overlap for distances in between.
      let distance = other.from - from
      let low = (-other.count - distance) / stride - 1
      let high = (count - distance) / stride + 1
      return (low...high).contains { k in
        k != 0 && k.magnitude < lanes && distance + k * stride < count
          && distance + k * stride + other.count > 0
      }
    }
  }
}
