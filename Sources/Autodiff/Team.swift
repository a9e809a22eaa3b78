import CKernels

/// A fixed team of threads that runs the steps of a plan as its ``Division`` says.
final class Team {
  let members: Int
  private let team: OpaquePointer
  private let task: UnsafeMutablePointer<Task>
  private let shares: UnsafeMutableBufferPointer<Share>

  /// What a member does of a step.
  fileprivate struct Share {
    let kernel: Unmanaged<Work>
    let units: Range<Int>
    /// Whether others wait until this is done.
    let isAwaited: Bool
    /// Where in `waits` its waits begin.
    let waits: Range<Int>
    /// How many steps from here on the member does together, slice by slice of its share; 1 for a step
    /// by itself.
    var together = 1
    /// Entries of the batch in its share, and at a time.
    var entries = 1
    var atATime = 1

    /// The units of some of the entries.
    func units(from first: Int) -> Range<Int> {
      let each = units.count / entries
      let last = min(first + atATime, entries)
      return units.lowerBound + first * each..<units.lowerBound + last * each
    }
  }

  /// A kernel that is called without counting references to it: its counter would go from cache to
  /// cache, for every step of every member.
  fileprivate final class Work {
    let run: (_ units: Range<Int>, _ member: Int) -> Void
    init(_ kernel: Kernel) { run = kernel.run }
  }

  fileprivate struct Task {
    let team: OpaquePointer
    let members: Int
    let shares: UnsafeMutableBufferPointer<Share>
    let waits: UnsafeMutableBufferPointer<(member: Int, steps: Int)>
    var steps: Range<Int>
    var disturbance: (@Sendable (_ member: Int, _ step: Int) -> Void)?
  }

  /// Nil where the system does not give as many threads as the division has members.
  init?(
    _ kernels: UnsafeMutableBufferPointer<Kernel>, _ division: Division, _ slicing: Slicing
  ) {
    guard let team = weft_team_create(Int32(division.members)) else { return nil }
    guard Int(weft_team_members(team)) == division.members else {
      weft_team_destroy(team)
      return nil
    }
    self.team = team
    members = division.members
    var waits: [(member: Int, steps: Int)] = []
    shares = .allocate(capacity: division.shares.count)
    for (step, kernel) in kernels.enumerated() {
      let work = Work(kernel)
      for member in 0..<members {
        let index = step * members + member
        let first = waits.count
        for other in 0..<members where division.waits[index * members + other] > 0 {
          waits.append((other, division.waits[index * members + other]))
        }
        shares.initializeElement(
          at: index,
          to: Share(
            kernel: .passRetained(work), units: division.shares[index],
            isAwaited: division.isAwaited[index], waits: first..<waits.count))
      }
    }
    for group in slicing.groups {
      for member in 0..<members {
        Team.slice(group, as: member, of: members, shares, waits, kernels, lanes: slicing.lanes)
      }
    }
    let stored = UnsafeMutableBufferPointer<(member: Int, steps: Int)>.allocate(
      capacity: waits.count)
    _ = stored.initialize(fromContentsOf: waits)
    task = .allocate(capacity: 1)
    task.initialize(
      to: Task(
        team: team, members: members, shares: shares, waits: stored, steps: 0..<0,
        disturbance: nil))
  }

  /// Lets a member do its shares of a group slice by slice, as far as they are of the same entries and it
  /// waits for nothing between.
  private static func slice(
    _ group: Slicing.Group, as member: Int, of members: Int,
    _ shares: UnsafeMutableBufferPointer<Share>, _ waits: [(member: Int, steps: Int)],
    _ kernels: UnsafeMutableBufferPointer<Kernel>, lanes: Int
  ) {
    func entries(_ step: Int) -> Range<Int>? {
      let units = shares[step * members + member].units
      let each = kernels[step].units / lanes
      guard !units.isEmpty, units.lowerBound % each == 0, units.upperBound % each == 0 else {
        return nil
      }
      return units.lowerBound / each..<units.upperBound / each
    }
    var first = group.steps.lowerBound
    while first < group.steps.upperBound {
      guard let own = entries(first) else {
        first += 1
        continue
      }
      let rest = first + 1..<group.steps.upperBound
      let end =
        rest.first { step in
          entries(step) != own
            || shares[step * members + member].waits.contains { waits[$0].steps > first }
        } ?? group.steps.upperBound
      if end - first > 1, own.count > group.entries {
        for step in first..<end {
          shares[step * members + member].entries = own.count
          shares[step * members + member].atATime = group.entries
        }
        shares[first * members + member].together = end - first
      }
      first = end
    }
  }

  deinit {
    weft_team_destroy(team)
    for share in shares { share.kernel.release() }
    shares.deallocate()
    task.pointee.waits.deallocate()
    task.deinitialize(count: 1)
    task.deallocate()
  }

  func disturb(_ disturbance: (@Sendable (_ member: Int, _ step: Int) -> Void)?) {
    task.pointee.disturbance = disturbance
  }

  /// All steps before these must have been run.
  func run(_ steps: Range<Int>) {
    task.pointee.steps = steps
    for member in 0..<members { weft_team_set_progress(team, Int32(member), steps.lowerBound) }
    weft_team_run(
      team,
      { context, member in
        context?.assumingMemoryBound(to: Task.self).pointee.run(as: Int(member))
      }, task)
  }
}

extension Team.Task {
  func run(as member: Int) {
    var step = steps.lowerBound
    while step < steps.upperBound {
      let share = shares[step * members + member]
      if share.together == 1 || step + share.together > steps.upperBound {
        if !share.units.isEmpty {
          wait(for: share)
          run(share, share.units, step, as: member)
        }
        if share.isAwaited { weft_team_set_progress(team, Int32(member), step + 1) }
        step += 1
      } else {
        run(step..<step + share.together, share.entries, share.atATime, as: member)
        step += share.together
      }
    }
  }

  /// Steps together, slice by slice. Each is done when its last slice is.
  private func run(_ together: Range<Int>, _ entries: Int, _ atATime: Int, as member: Int) {
    for first in stride(from: 0, to: entries, by: atATime) {
      for step in together {
        let share = shares[step * members + member]
        if first == 0 { wait(for: share) }
        run(share, share.units(from: first), step, as: member)
        if first + atATime >= entries, share.isAwaited {
          weft_team_set_progress(team, Int32(member), step + 1)
        }
      }
    }
  }

  private func wait(for share: Team.Share) {
    for wait in share.waits { weft_team_wait(team, Int32(waits[wait].member), waits[wait].steps) }
  }

  private func run(_ share: Team.Share, _ units: Range<Int>, _ step: Int, as member: Int) {
    if let disturbance { disturbance(member, step) }
    share.kernel._withUnsafeGuaranteedRef { $0.run(units, member) }
  }
}
