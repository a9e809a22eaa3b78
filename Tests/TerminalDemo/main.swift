// A screen with a scrolling curve and a slider: what the tests of the real terminal drive.
//
// q quits · space starts and stops the curve · h l ← → move · z stops the job · m M mouse on, off
// X crashes · e writes to standard error · y copies · w another thread wakes it · C-c asks to end

import CursesTerminal
import Dispatch
import Glibc
import Terminal

func complain(_ text: String) {
  let bytes = Array((text + "\n").utf8)
  _ = write(STDERR_FILENO, bytes, bytes.count)
}

final class Demo: Program {
  private var position = 0
  private var isRunning = false
  private var start = 0
  private var wakeCount = 0
  private var lastEvent = "none"
  private var requests: [TerminalRequest] = []
  private let waker: Waker
  private(set) var exitStatus: Int32?
  private(set) var needsFrame = true
  private(set) var wakeAt: Double?

  init(waker: Waker) { self.waker = waker }

  func handle(_ event: Event, now: Double) {
    switch event {
    case .key(let key): handle(key, now)
    case .time: start += 1
    case .wake: wakeCount += 1
    case .end(let signal): exitStatus = 128 + signal
    case .mouse(let mouse): lastEvent = "\(mouse.action) \(mouse.x),\(mouse.y)"
    case .resumed: lastEvent = "resumed"
    case .resize: break
    }
    wakeAt = isRunning ? now + EventLoop.frameInterval : nil
    needsFrame = true
  }

  private func handle(_ key: Key, _ now: Double) {
    lastEvent = "key \(key.name)"
    switch key.name {
    case "q": exitStatus = 0
    case "SPACE": isRunning.toggle()
    case "h", "LEFT": position -= 1
    case "l", "RIGHT": position += 1
    case "z": requests.append(.suspend)
    case "m": requests.append(.mouse(true))
    case "M": requests.append(.mouse(false))
    case "y": requests.append(.copy("position \(position)"))
    case "C-l": requests.append(.redraw)
    case "e": complain("a line for standard error")
    case "w":
      let waker = waker
      DispatchQueue.global().async { waker.wake() }
    case "X": fatalError("a wanted crash")
    default: break
    }
  }

  func render(on canvas: Canvas, capabilities: Capabilities, now: Double) {
    needsFrame = false
    let (top, rest) = canvas.bounds.rows(1)
    canvas.sub(top).text(
      "demo \(canvas.width)x\(canvas.height) position \(position) wakes \(wakeCount) \(lastEvent)",
      x: 0, y: 0, Style(.rgb(229, 192, 123), on: .standard, .bold))
    let (middle, bottom) = rest.rows(rest.height - 1)
    let inside = Box(.heavy, Style(.rgb(97, 175, 239)), title: ["curve"]).draw(
      on: canvas.sub(middle), capabilities)
    let noise = (0..<200).map { index in
      let x = Double(start + index)
      return (x: x, y: sin(x * 0.08) + sin(x * 1.7) * 0.2)
    }
    LinePlot(
      [.init(noise, Style(.rgb(152, 195, 121)))], yRange: -1.3...1.3, xLabels: .counts,
      xName: "step"
    ).draw(on: inside, capabilities)
    Slider(Double(position), in: -20...20).draw(
      on: canvas.sub(bottom), x: 0, y: 0, width: canvas.width, capabilities)
  }

  func takeRequests() -> [TerminalRequest] {
    defer { requests = [] }
    return requests
  }
}

do {
  let backend = try CursesBackend()
  let status = EventLoop.run(Demo(waker: backend.waker), on: backend)
  backend.close()
  exit(status)
} catch {
  complain("\(error)")
  exit(2)
}
