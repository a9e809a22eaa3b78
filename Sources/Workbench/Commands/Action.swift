/// What a command does. `update` says what that means in each pane.
enum Action: Sendable, Hashable {
  // The run.
  case toggleRun, step, phase, slower, faster, speed, rewind, seed, back, backToTask, set
  // Panes.
  case nextPane, previousPane
  case goTo(Pane)
  /// The race of methods.
  case compare
  case enter, zoom, out
  // The cursor or value in the focused pane; how many columns right and rows down.
  case move(Int, Int)
  /// Half pages down.
  case page(Int)
  case jump(toLast: Bool)
  case secondAxis(Int)
  case scale, nextView, reset, closer, farther, follow, smoothing
  /// Of a body: turning by itself; cutting away more of it.
  case turn
  case cut(Int)
  /// Of an architecture: nodes, the edge that comes from a marked one, activations, training for real.
  case addNode, removeNode, toggleEdge, turnUnits, orderTraining
  case readArchitecture, writeArchitecture
  // The context.
  case anchorA, anchorB, play, snap
  case stepTask(Int)
  case task, fit
  // Comparing and keeping.
  case pin, difference, copy, copyPane, undo, redo
  case save, saveAndQuit, browse, open, start, export
  // The screen.
  case filter, palette, help, theme, glyphs, mouse, redraw, suspend, quit
}
