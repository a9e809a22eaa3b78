import Terminal
import Testing
import Workbench

struct ScreenLayoutTests {
  /// Every size, focus and zoom: nothing overlaps, nothing lies outside, nothing is empty.
  @Test func everySizeIsTiled() {
    for width in 1...300 {
      for height in 1...100 {
        let size = Size(width, height)
        for focus in Pane.allCases {
          for isZoomed in [false, true] {
            // A front pane matters only where panes take turns.
            let fronts = width < 110 || height < 30 ? Pane.allCases : [.loss]
            for front in fronts {
              let layout = Layout(size: size, focus: focus, isZoomed: isZoomed, front: front)
              if let problem = problem(layout, focus: focus) {
                Issue.record("\(width)×\(height) \(focus) \(isZoomed) \(front): \(problem)")
                return
              }
            }
          }
        }
      }
    }
  }

  private func problem(_ layout: Layout, focus: Pane) -> String? {
    guard layout.kind != .tooSmall else {
      return layout.panes.isEmpty && layout.strip == nil ? nil : "panes where nothing fits"
    }
    let screen = Rect(layout.size)
    let rects =
      [layout.status, layout.toast, layout.footer] + layout.panes.map(\.rect)
      + [layout.strip, layout.digest].compactMap(\.self)
    var covered = 0
    for (index, rect) in rects.enumerated() {
      if rect.isEmpty { return "an empty rectangle" }
      if rect.intersection(screen) != rect { return "outside: \(rect)" }
      for other in rects[..<index] where !rect.intersection(other).isEmpty {
        return "\(rect) overlaps \(other)"
      }
      covered += rect.width * rect.height
    }
    if covered != screen.width * screen.height { return "a hole" }
    // The race of methods has the screen to itself.
    let last: Pane = focus == .compare ? .compare : .context
    if layout.panes.last?.pane != last { return "no \(last)" }
    if focus == .compare, layout.panes.count != 1 { return "panes beside the race" }
    if Set(layout.panes.map(\.pane)).count != layout.panes.count { return "a pane twice" }
    for placement in layout.panes where layout.kind != .numbers {
      let rect = placement.rect
      if rect.width < 26 || rect.height < 4 { return "too small: \(placement)" }
    }
    if layout.panes.contains(where: { $0.rect.intersection(layout.body) != $0.rect }) {
      return "a pane outside the body"
    }
    return nil
  }

  @Test func theKindFollowsTheSize() {
    func kind(_ width: Int, _ height: Int) -> Layout.Kind { Layout.Kind(Size(width, height)) }
    #expect(kind(160, 45) == .wide)
    #expect(kind(159, 45) == .full)
    #expect(kind(110, 30) == .full)
    #expect(kind(109, 30) == .compact)
    #expect(kind(80, 24) == .compact)
    #expect(kind(80, 23) == .single)
    #expect(kind(60, 16) == .single)
    #expect(kind(59, 16) == .numbers)
    #expect(kind(40, 10) == .numbers)
    #expect(kind(39, 10) == .tooSmall)
    #expect(kind(40, 9) == .tooSmall)
  }

  @Test func allPanesAreSeenWhereThereIsRoom() {
    let layout = Layout(size: Size(120, 36), focus: .loss, isZoomed: false, front: .loss)
    #expect(Set(layout.panes.map(\.pane)) == Set(Pane.ofRun))
    #expect(layout.strip == nil)
    let wide = Layout(size: Size(200, 60), focus: .loss, isZoomed: false, front: .loss)
    #expect(wide.strip != nil)
  }

  @Test func compactKeepsTheTargetAndNeverShowsItTwice() {
    for front in Pane.allCases {
      let layout = Layout(size: Size(80, 24), focus: .context, isZoomed: false, front: front)
      #expect(layout.panes.map(\.pane).contains(.target))
      #expect(layout.panes.count == 3)
    }
  }

  @Test func aZoomedPaneFillsTheBodyAboveTheScrubber() throws {
    let layout = Layout(size: Size(120, 36), focus: .weights, isZoomed: true, front: .loss)
    #expect(layout.panes.map(\.pane) == [.weights, .context])
    #expect(try #require(layout.rect(of: .weights)).height == 29)
    let context = Layout(size: Size(120, 36), focus: .context, isZoomed: true, front: .loss)
    #expect(context.panes.map(\.pane) == [.context])
  }

  @Test func aTerminalThatIsTooSmallIsToldWhichWay() {
    #expect(Layout.complaint(Size(33, 8)) == ["need 40×10, have [33]×[8]"])
    #expect(Layout.complaint(Size(33, 12)) == ["need 40×10, have [33]×12"])
    #expect(Layout.complaint(Size(100, 3)) == ["need 40×10, have 100×[3]"])
    #expect(Layout.complaint(Size(14, 2)) == ["need 40×10,", "have [14]×[2]"])
    for width in 1...60 {
      for height in 1...12 {
        let lines = Layout.complaint(Size(width, height), unicode: false)
        #expect(lines.count <= height && lines.allSatisfy { $0.count <= width && !$0.isEmpty })
      }
    }
  }
}
