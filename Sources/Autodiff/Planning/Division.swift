/// How a team divides a plan: what each member does of every step, and for whom it waits before.
///
/// There is no barrier between steps. A member waits only for what another has not done yet and it
/// needs: memory it reads must have been written, memory it writes must have been read. As long as
/// steps are cut at the same entries of a batch nobody waits at all, and what a member wrote is still
/// in its own cache when it reads it.
///
/// Every step goes where it is done earliest by the costs that kernels estimate, whole or divided, so
/// the division is the same on every run; what is computed does not depend on it at all.
struct Division {
  let members: Int
  /// By step and member: its units.
  private(set) var shares: [Range<Int>] = []
  /// By step, member and other member: how many steps the other must be past; 0 for no wait.
  private(set) var waits: [Int] = []
  /// By step and member: whether others wait for it.
  private(set) var isAwaited: [Bool] = []
  /// How long a run takes one thread and the team, by estimate.
  private(set) var nanosecondsAlone = 0.0
  private(set) var nanoseconds = 0.0

  /// Until one member sees what another one has done.
  private static let delay = 600.0
  /// What a step costs besides its work.
  private static let call = 60.0
  /// To bring what another member wrote into the own cache.
  private static let nanosecondsPerByte = 0.05
  /// For the others to begin and for the caller to see that all have ended.
  private static let start = 1500.0

  /// Shorter steps gain little, and lose much when a member has to wait for a processor, or where the
  /// members share no cache and what they exchange takes four times as long.
  private static let shortest = 200_000.0

  /// Whether the team gains enough over one thread.
  var isWorthIt: Bool {
    nanosecondsAlone > Self.shortest && nanoseconds + Self.start < 0.9 * nanosecondsAlone
  }

  /// - Parameter lanes: entries of the batch, by which steps are cut alike.
  init(_ kernels: some Collection<Kernel>, members: Int, lanes: Int) {
    self.members = members
    var log = Log(members: members)
    shares.reserveCapacity(kernels.count * members)
    waits.reserveCapacity(kernels.count * members * members)
    for (step, kernel) in kernels.enumerated() {
      nanosecondsAlone += kernel.nanoseconds(0..<kernel.units) + Self.call
      var best: Option?
      for ranges in Self.choices(kernel, members: members, lanes: lanes) {
        let option = Option(kernel, ranges, log)
        if best.map({ option.end < $0.end }) ?? true { best = option }
      }
      guard let best else { continue }
      shares += best.shares
      waits += best.waits.flatMap { $0 }
      log.note(best, step: step)
    }
    nanoseconds = log.clocks.max() ?? 0
    isAwaited = Array(repeating: false, count: kernels.count * members)
    for (index, steps) in waits.enumerated() where steps > 0 {
      isAwaited[(steps - 1) * members + index % members] = true
    }
  }

  /// The number of entries by which most of the work can be cut without leaving a member idle for
  /// long: that of the batch, as a rule.
  static func lanes(
    of kernels: some Collection<Kernel>, members: Int, _ schedule: Schedule, _ values: Values
  ) -> Int {
    let work = work(of: kernels, members: members, schedule, values)
    return work.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key ?? members
  }

  /// By number of entries: the work that can be cut by it, in nanoseconds.
  static func work(
    of kernels: some Collection<Kernel>, members: Int, _ schedule: Schedule, _ values: Values
  ) -> [Int: Double] {
    var work: [Int: Double] = [:]
    for step in schedule.steps {
      guard let shape = step.values.last.map({ values.list[$0].shape }),
        let lead = shape.dimensions.first(where: { $0 > 1 }), work[lead] == nil
      else { continue }
      let longest = (lead + members - 1) / members * members
      if Double(longest) <= 1.12 * Double(lead) { work[lead] = 0 }
    }
    for kernel in kernels where kernel.unitCosts == nil {
      for lead in work.keys where kernel.units % lead == 0 {
        work[lead, default: 0] += kernel.nanoseconds(0..<kernel.units)
      }
    }
    return work
  }

  /// The whole step on one of the members, or divided among all.
  private static func choices(_ kernel: Kernel, members: Int, lanes: Int) -> [[Range<Int>]] {
    var choices = (0..<members).map { member in
      (0..<members).map { $0 == member ? 0..<kernel.units : 0..<0 }
    }
    if kernel.units > 1 {
      let bounds = kernel.bounds(members: members, lanes: lanes)
      choices.append((0..<members).map { bounds[$0]..<bounds[$0 + 1] })
    }
    return choices
  }

  /// One way to do a step, and when it would be done.
  private struct Option {
    let shares: [Range<Int>]
    /// By member and other member.
    var waits: [[Int]]
    var touches: [[Stretch]]
    var ends: [Double]
    /// When the last is done.
    var end = 0.0

    init(_ kernel: Kernel, _ shares: [Range<Int>], _ log: Log) {
      self.shares = shares
      waits = Array(repeating: Array(repeating: 0, count: shares.count), count: shares.count)
      touches = Array(repeating: [], count: shares.count)
      ends = log.clocks
      for (member, units) in shares.enumerated() where !units.isEmpty {
        touches[member] = kernel.touches?(units) ?? []
        for other in shares.indices where other != member {
          let wait = log.wait(of: member, for: other, before: touches[member])
          waits[member][other] = wait.steps
          ends[member] = max(ends[member], wait.time + Division.delay)
        }
        ends[member] +=
          kernel.nanoseconds(units) + Division.call
          + Double(log.caches.bytesMissing(of: touches[member], by: member))
          * Division.nanosecondsPerByte
        end = max(end, ends[member])
      }
    }
  }

  /// What members have done that others may not have seen yet.
  private struct Log {
    struct Entry {
      let step: Int
      let time: Double
      let touches: [Stretch]
    }

    /// By member, in order; what all others are known to have seen is dropped.
    private var entries: [[Entry]]
    /// By member and other member: how many of the other's steps it has seen.
    private var seen: [[Int]]
    private(set) var clocks: [Double]
    private(set) var caches = Caches()

    /// Entries that are looked through; whoever has not seen older ones waits for those.
    private static let most = 64

    init(members: Int) {
      entries = Array(repeating: [], count: members)
      seen = Array(repeating: Array(repeating: 0, count: members), count: members)
      clocks = Array(repeating: 0, count: members)
    }

    /// For how many steps of another a member that is to touch something has to wait, and when those
    /// are done; 0 where it has seen all that matters.
    func wait(
      of member: Int, for other: Int, before touches: [Stretch]
    ) -> (steps: Int, time: Double) {
      for (age, entry) in entries[other].reversed().enumerated() {
        if entry.step < seen[member][other] { break }
        let conflicts =
          age >= Log.most
          || entry.touches.contains { own in touches.contains { own.conflicts(with: $0) } }
        if conflicts { return (entry.step + 1, entry.time) }
      }
      return (0, -.infinity)
    }

    mutating func note(_ option: Option, step: Int) {
      clocks = option.ends
      for (member, units) in option.shares.enumerated() where !units.isEmpty {
        for other in option.shares.indices {
          seen[member][other] = max(seen[member][other], option.waits[member][other])
        }
        caches.note(option.touches[member], by: member)
        entries[member].append(
          Entry(step: step, time: option.ends[member], touches: option.touches[member]))
      }
      for member in entries.indices where entries[member].count > 2 * Log.most {
        let least = seen.indices.filter { $0 != member }.map { seen[$0][member] }.min() ?? 0
        let first = entries[member].firstIndex { $0.step >= least } ?? entries[member].count
        entries[member].removeFirst(
          max(first, entries[member].count - Log.most - 1))
      }
    }
  }

  /// Which members have read or written memory since another wrote it, page by page.
  private struct Caches {
    /// By page: a bit for each of the first 64 members.
    private var holders: [UInt: UInt64] = [:]

    private static let pageBytes: UInt = 4096
    /// What is longer does not stay in a cache anyway.
    private static let mostBytes: UInt = 1 << 20

    private static func pages(_ stretch: Stretch) -> Range<UInt> {
      guard stretch.to > stretch.from, stretch.to - stretch.from <= mostBytes else { return 0..<0 }
      return stretch.from / pageBytes..<(stretch.to - 1) / pageBytes + 1
    }

    /// How much a member reads that only others hold.
    func bytesMissing(of touches: [Stretch], by member: Int) -> UInt {
      touches.reduce(0) { sum, stretch in
        if stretch.isWritten { return sum }
        let missing = Self.pages(stretch).reduce(UInt(0)) { count, page in
          let known = holders[page] ?? .max
          return known & (1 << UInt64(member % 64)) == 0 ? count + 1 : count
        }
        return sum + min(missing * Self.pageBytes, stretch.to - stretch.from)
      }
    }

    mutating func note(_ touches: [Stretch], by member: Int) {
      let own: UInt64 = 1 << UInt64(member % 64)
      for stretch in touches where !stretch.isWritten {
        for page in Self.pages(stretch) { holders[page]? |= own }
      }
      for stretch in touches where stretch.isWritten {
        for page in Self.pages(stretch) { holders[page] = own }
      }
    }
  }
}
