import Dispatch

/// Runs an actor's work on one Dispatch queue, so that what the actor owns is only ever touched there
/// and the compiler knows it.
final class QueueExecutor: SerialExecutor {
  let queue: DispatchQueue

  init(_ label: String, qos: DispatchQoS) { queue = DispatchQueue(label: label, qos: qos) }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }

  func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }
}
