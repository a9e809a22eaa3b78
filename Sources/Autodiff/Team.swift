import CKernels

/// A fixed team of threads that divides the units of a kernel into contiguous ranges, one a member.
final class Team {
  let members: Int
  private let team: OpaquePointer
  private let task: UnsafeMutablePointer<Task>

  private struct Task {
    var kernel: Kernel?
    var bounds: [Int]
  }

  /// Nil where the system gives no threads.
  init?(members wanted: Int) {
    guard let team = weft_team_create(Int32(wanted)) else { return nil }
    self.team = team
    members = Int(weft_team_members(team))
    task = .allocate(capacity: 1)
    task.initialize(to: Task(kernel: nil, bounds: []))
  }

  deinit {
    weft_team_destroy(team)
    task.deinitialize(count: 1)
    task.deallocate()
  }

  /// - Parameter bounds: see ``Kernel/bounds(members:)``, for this team's members.
  func run(_ kernel: Kernel, bounds: [Int]) {
    task.pointee.kernel = kernel
    task.pointee.bounds = bounds
    weft_team_run(
      team,
      { context, member in
        guard let task = context?.assumingMemoryBound(to: Task.self),
          let kernel = task.pointee.kernel
        else { return }
        let member = Int(member)
        let units = task.pointee.bounds[member]..<task.pointee.bounds[member + 1]
        if !units.isEmpty { kernel.run(units, member) }
      }, task)
  }
}
