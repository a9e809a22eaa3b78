import Dispatch
import Terminal
import Testing

/// Shows a counter; can run an animation.
private final class Counter: Program {
  var count = 0
  var isAnimated = false
  var events: [Event] = []
  var requests: [TerminalRequest] = []
  var exitStatus: Int32?
  var needsFrame = true
  var wakeAt: Double?
  var frames = 0
  /// Whether it heeds the wish that it end.
  var isObedient = true
  /// What it does with a key.
  var onKey: (Counter, Key) -> Void = { counter, _ in counter.count += 1 }

  func handle(_ event: Event, now: Double) {
    events.append(event)
    switch event {
    case .key(.character("q")): exitStatus = 7
    case .key(let key): onKey(self, key)
    case .end(let signal):
      if isObedient { exitStatus = 128 + signal }
    default: count += 1
    }
    if isAnimated { wakeAt = now + 0.001 }
    needsFrame = true
  }

  func render(on canvas: Canvas, capabilities: Capabilities, now: Double) {
    needsFrame = false
    frames += 1
    canvas.text("╭ \(count) ● \(canvas.width)x\(canvas.height)", x: 0, y: 0)
  }

  func takeRequests() -> [TerminalRequest] {
    defer { requests = [] }
    return requests
  }
}

struct EventLoopTests {
  @Test func idleDrawsNothingAndIsNotWoken() {
    let backend = ScriptedBackend(script: [.pass(seconds: 3600)])
    let program = Counter()
    #expect(EventLoop.run(program, on: backend) == 129)
    #expect(backend.frameTimes == [0])
    #expect(program.events == [.end(signal: 1)])
    #expect(backend.eventCount == 1)
    #expect(backend.now == 3600)
  }

  @Test func aKeyIsPaintedAtOnce() {
    var seen: [(screen: String, time: Double)] = []
    let look = ScriptedBackend.Step.run { seen.append(($0.screen.text, $0.now)) }
    let backend = ScriptedBackend(
      Size(20, 2),
      script: [
        .pass(seconds: 0.001), .key(.character("a")), look, .key(.character("b")), look,
        .key(.character("q")),
      ])
    #expect(EventLoop.run(Counter(), on: backend) == 7)
    #expect(seen.map(\.screen) == ["╭ 1 ● 20x2\n", "╭ 2 ● 20x2\n"])
    // Far sooner after one another than pictures of an animation.
    #expect(seen.allSatisfy { $0.time == 0.001 })
    #expect(backend.frameTimes == [0, 0.001, 0.001])
  }

  @Test func keysThatWaitAreOnePicture() {
    let backend = ScriptedBackend(
      script: [.pass(seconds: 1)] + ScriptedBackend.Step.keys("abcdef") + [.pass(seconds: 1)])
    _ = EventLoop.run(Counter(), on: backend)
    #expect(backend.frameTimes == [0, 1])
  }

  @Test func newsAndAnimationsAreDrawn30TimesASecond() {
    let backend = ScriptedBackend(
      script: [.pass(seconds: 1), .key(.character("a")), .pass(seconds: 10)])
    let program = Counter()
    program.onKey = { counter, _ in counter.isAnimated = true }
    _ = EventLoop.run(program, on: backend)
    let times = backend.frameTimes.filter { $0 > 1 && $0 <= 11 }
    #expect((295...300).contains(times.count))
    for (earlier, later) in zip(times, times.dropFirst()) {
      #expect(later - earlier >= EventLoop.frameInterval - 1e-9)
    }
    // Asked for 1000 times a second, `.time` comes no oftener than is of any use.
    #expect(program.events.count < 1500)
  }

  @Test func newsOfAnotherThreadArrive() {
    let program = Counter()
    let backend = ScriptedBackend(script: [])
    let waker = backend.waker
    backend.append([
      .run { _ in
        DispatchQueue.global().async {
          for _ in 0..<100 { waker.wake() }
        }
      },
      .until("news", seconds: 10) { program.events.contains(.wake) },
      .run { #expect($0.screen.text.hasPrefix("╭ ")) },
      .key(.character("q")),
    ])
    #expect(EventLoop.run(program, on: backend) == 7)
    #expect(backend.failure == nil)
  }

  @Test func waitingInVainEndsTheScript() {
    let backend = ScriptedBackend(script: [
      .until("the end of time", seconds: 0.05) { false }, .key(.character("q")),
    ])
    #expect(EventLoop.run(Counter(), on: backend) == 129)
    #expect(backend.failure == "gave up waiting for the end of time after 0.0500 seconds")
  }

  @Test func aProgramThatWillNotEndIsLeft() {
    let program = Counter()
    program.isObedient = false
    #expect(EventLoop.run(program, on: ScriptedBackend(patience: 0.01, script: [])) == 130)
    let animated = Counter()
    animated.isObedient = false
    animated.isAnimated = true
    #expect(EventLoop.run(animated, on: ScriptedBackend(patience: 0.01, script: [])) == 130)
  }

  @Test func requestsReachTheTerminal() {
    let program = Counter()
    program.onKey = { counter, key in
      counter.requests = [key == .character("z") ? .suspend : .copy("text"), .bell]
    }
    let backend = ScriptedBackend(script: ScriptedBackend.Step.keys("yzq"))
    _ = EventLoop.run(program, on: backend)
    #expect(backend.requests == [.copy("text"), .bell, .suspend, .bell])
    #expect(program.events.contains(.resumed))
  }

  @Test func picturesFollowTheSize() {
    var texts: [String] = []
    var script: [ScriptedBackend.Step] = []
    for size in [Size(1, 1), Size(300, 100), Size(0, 0), Size(14, 1)] {
      script += [.event(.resize(size)), .run { texts.append($0.screen.text) }]
    }
    let backend = ScriptedBackend(script: script)
    _ = EventLoop.run(Counter(), on: backend)
    #expect(texts.map { $0.prefix { $0 != "\n" } } == ["╭", "╭ 2 ● 300x100", "", "╭ 4 ● 14x1"])
  }

  @Test func asciiTerminalsGetASCII() {
    let backend = ScriptedBackend(Size(20, 1), capabilities: ascii, script: [.run { _ in }])
    _ = EventLoop.run(Counter(), on: backend)
    #expect(backend.screen.text == "+ 0 o 20x1")
  }
}
