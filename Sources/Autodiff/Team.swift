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
  init?(_ kernels: UnsafeMutableBufferPointer<Kernel>, _ division: Division) {
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
    let stored = UnsafeMutableBufferPointer<(member: Int, steps: Int)>.allocate(
      capacity: waits.count)
    _ = stored.initialize(fromContentsOf: waits)
    task = .allocate(capacity: 1)
    task.initialize(
      to: Task(
        team: team, members: members, shares: shares, waits: stored, steps: 0..<0,
        disturbance: nil))
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
    for step in steps {
      let share = shares[step * members + member]
      if !share.units.isEmpty {
        for wait in share.waits {
          weft_team_wait(team, Int32(waits[wait].member), waits[wait].steps)
        }
        if let disturbance { disturbance(member, step) }
        share.kernel._withUnsafeGuaranteedRef { $0.run(share.units, member) }
      }
      if share.isAwaited { weft_team_set_progress(team, Int32(member), step + 1) }
    }
  }
}
