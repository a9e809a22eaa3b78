import Terminal

/// The mouse only does what keys do too: it goes to a pane, moves the cursor in it, sets a slider, and
/// selects in lists.
extension Model {
  mutating func take(_ mouse: Mouse) -> [Request] {
    guard usesMouse else { return [] }
    if overlay != nil { return takeInOverlay(mouse) }
    let layout = Layout(size: size, focus: focus, isZoomed: isZoomed, front: front)
    guard let placement = layout.panes.first(where: { $0.rect.contains(x: mouse.x, y: mouse.y) })
    else { return [] }
    let pane = placement.pane
    switch mouse.action {
    case .press:
      // Before the focus moves the pane to another place.
      let hit = hit(mouse, in: placement, layout)
      go(to: pane)
      if let hit { point(at: hit, isDragged: false) }
    case .drag:
      guard pane == focus, let hit = hit(mouse, in: placement, layout) else { return [] }
      point(at: hit, isDragged: true)
    case .wheelUp, .wheelDown:
      go(to: pane)
      return move(0, mouse.action == .wheelUp ? -1 : 1)
    case .release: break
    }
    return []
  }

  private func hit(_ mouse: Mouse, in placement: Layout.Placement, _ layout: Layout) -> Hit? {
    // Where there are only numbers there are no borders, and of sliders those of one line.
    let isBare = layout.kind == .numbers
    guard !isBare || placement.pane == .context else { return nil }
    let inside = isBare ? placement.rect : placement.rect.inset(1, 1)
    guard inside.contains(x: mouse.x, y: mouse.y) else { return nil }
    return placement.pane.view(self, ink)
      .hit(x: mouse.x - inside.x, y: mouse.y - inside.y, in: inside.size)
  }

  private mutating func point(at hit: Hit, isDragged: Bool) {
    switch hit {
    case .task(let task): tasks.cursor = task
    case .knob(let knob): knobs.cursor = knob
    case .method(let method): comparison.cursor = method
    case .weight(let row, let column):
      weights.row = row
      weights.column = column
    case .component(let index, let value):
      // A slider that is dragged keeps the mouse.
      guard !isDragged || index == scrubber.cursor else { return }
      scrubber.cursor = index
      guard let value else { return }
      if let component {
        var target = context
        target[component] = value
        moveContext(to: target, nudge: "z\(component)")
      } else {
        setPosition(value, nudge: "t")
      }
    }
  }

  /// A press selects a row of a list; on the selected row it does what Enter does.
  private mutating func takeInOverlay(_ mouse: Mouse) -> [Request] {
    switch mouse.action {
    case .wheelUp: return takeInOverlay(Key(.up))
    case .wheelDown: return takeInOverlay(Key(.down))
    case .drag, .release: return []
    case .press:
      let layout = Layout(size: size, focus: focus, isZoomed: isZoomed, front: front)
      guard let row = Screen.row(x: mouse.x, y: mouse.y, in: self, ink, layout) else { return [] }
      if overlay?.list?.selection == row { return takeInOverlay(Key(.enter)) }
      overlay?.list?.selection = row
      return []
    }
  }
}
