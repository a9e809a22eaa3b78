/// Runs a program on a backend: events in, pictures out.
///
/// A key is answered by a picture at once. News and animations are drawn at most 30 times a second.
/// With nothing to show and no event the loop sleeps in the backend: no picture, no wake-up.
public enum EventLoop {
  /// Seconds between pictures that no person asked for.
  public static let frameInterval = 1.0 / 30

  /// Runs until the program has an exit status, and returns that. Asked again to end by ^C while it
  /// is still busy ending, it is not asked any more: the status is then 130.
  public static func run(_ program: some Program, on backend: some Backend) -> Int32 {
    let buffer = CellBuffer(backend.size)
    var lastFrame = -Double.infinity
    var lastTimeEvent = -Double.infinity
    var endedAt: Double?
    // A person has done something that the screen does not show yet.
    var isUrgent = true
    // Since when events have been taken without a picture: pending keys are taken together, because
    // only the last picture counts, but a flood of them must not freeze the screen.
    var burstStart: Double?

    while true {
      if let status = program.exitStatus { return status }
      let now = backend.now
      var deadline: Double?
      if let wakeAt = program.wakeAt {
        // A program that asks for a time in the past again and again does not get the whole core.
        deadline = max(wakeAt, lastTimeEvent + frameInterval / 4)
      }
      var isFrameDue = false
      if program.needsFrame {
        let frameTime = isUrgent ? now : lastFrame + frameInterval
        isFrameDue = frameTime <= now
        deadline = min(deadline ?? frameTime, frameTime)
      }

      let isBurstTooLong = burstStart.map { now - $0 > frameInterval } ?? false
      if isFrameDue && isBurstTooLong {
        draw(program, on: backend, buffer)
        (lastFrame, isUrgent, burstStart) = (now, false, nil)
        continue
      }
      if let event = backend.nextEvent(until: deadline) {
        if case .end(let signal) = event {
          if signal == 2, let endedAt, backend.now - endedAt >= 1 { return 130 }
          endedAt = endedAt ?? backend.now
        }
        if event != .wake && event != .time { isUrgent = true }
        handle(event, program, backend)
        burstStart = program.needsFrame ? burstStart ?? backend.now : nil
      } else if isFrameDue {
        let now = backend.now
        draw(program, on: backend, buffer)
        (lastFrame, isUrgent, burstStart) = (now, false, nil)
      } else if let wakeAt = program.wakeAt, backend.now >= wakeAt {
        lastTimeEvent = backend.now
        handle(.time, program, backend)
      }
    }
  }

  private static func handle(_ event: Event, _ program: some Program, _ backend: some Backend) {
    program.handle(event, now: backend.now)
    for request in program.takeRequests() { backend.perform(request) }
  }

  private static func draw(
    _ program: some Program, on backend: some Backend, _ buffer: CellBuffer
  ) {
    let capabilities = backend.capabilities
    buffer.clear(backend.size)
    program.render(on: buffer.canvas, capabilities: capabilities, now: backend.now)
    if !capabilities.unicode { buffer.transliterateToASCII() }
    backend.present(buffer)
  }
}
