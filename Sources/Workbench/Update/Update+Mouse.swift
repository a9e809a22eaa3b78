import Terminal

/// The mouse only does what keys do too: it goes to a pane, and moves the cursor in it.
extension Model {
  mutating func take(_ mouse: Mouse) -> [Request] {
    guard usesMouse else { return [] }
    if overlay != nil {
      switch mouse.action {
      case .wheelUp: return takeInOverlay(Key(.up))
      case .wheelDown: return takeInOverlay(Key(.down))
      case .press, .drag, .release: return []
      }
    }
    let layout = Layout(size: size, focus: focus, isZoomed: isZoomed, front: front)
    guard let pane = layout.pane(x: mouse.x, y: mouse.y) else { return [] }
    switch mouse.action {
    case .press:
      go(to: pane)
      return []
    case .wheelUp, .wheelDown:
      focus = pane
      return move(0, mouse.action == .wheelUp ? -1 : 1)
    case .drag, .release: return []
    }
  }
}
