import Terminal

extension CommandTable {
  static let run: [Row] = [
    Row(
      "run.toggle", [.character(" ")], .run, .toggleRun,
      "run or pause the training"),
    Row("run.step", [.character("s")], .run, .step, "train one step, then pause"),
    Row(
      "run.phase", [.character("S")], .run, .phase,
      "do the next phase of a step (embed, generate, forward, loss, gradient, update), then pause"),
    Row("run.slower", [.character("<")], .run, .slower, "fewer steps a second"),
    Row("run.faster", [.character(">")], .run, .faster, "more steps a second"),
    Row(
      "speed", [], .run, .speed, "set the speed: steps a second, or full",
      argument: .init(kind: .speed, placeholder: "SPEED", isRequired: true)),
    Row(
      "run.rewind", [.character("r")], .run, .rewind,
      "back to step 0 with the same initial weights"),
    Row(
      "seed", [.character("R")], .run, .seed,
      "back to step 0 with the initial weights of the next seed, or of seed N",
      argument: .init(kind: .number, placeholder: "N", isRequired: false)),
    Row(
      "run.back", [.character("B")], .run, .back,
      "after a failure: back to the last state in which every number was finite"),
    Row(
      "run.task", [.character("T")], .run, .backToTask,
      "where tasks come in turn: back to where the present one began, or where a task had been learned",
      argument: .init(kind: .task, placeholder: "NAME", isRequired: false)),
    Row(
      "set", [], .run, .set, "turn a knob",
      argument: .init(kind: .knob, placeholder: "KNOB VALUE", isRequired: true)),
  ]

  static let panes: [Row] =
    [
      Row("pane.next", [Key(.tab)], .panes, .nextPane, "to the next pane"),
      Row(
        "pane.previous", [Key(.tab, shift: true)], .panes, .previousPane, "to the previous pane"),
    ]
    + Pane.ofRun.map { pane in
      Row(
        "pane.\(pane)", [Key(.character(Unicode.Scalar(UInt8(48 + pane.number))))], .panes,
        .goTo(pane), "to the pane \(pane.title)")
    } + [
      Row(
        "compare", [.character("8")], .panes, .compare,
        "race methods on this experiment's tasks: curves and a table; with settings: a new race",
        argument: .init(
          kind: .race,
          placeholder: "family=NAME methods=A,B seeds=N steps=N parameters=N set=K=V vary=K=A,B",
          isRequired: false)
      ),
      Row(
        "pane.enter", [Key(.enter)], .panes, .enter,
        "open what the cursor is on: load a task's context, type a value; else zoom"),
      Row("pane.zoom", [.character("z")], .panes, .zoom, "let the pane fill the screen, or not"),
      Row(
        "pane.out", [Key(.escape)], .panes, .out,
        "out of one thing: overlay, zoom, crosshair, play"),
    ]

  /// The panes whose cursor has a first and a last place; a map has none.
  private static let withEnds = Pane.allCases.filter { $0 != .space }

  static let cursor: [Row] = [
    Row(
      "cursor.left", [.character("h"), Key(.left)], .cursor, .move(-1, 0),
      "to the left, or a value down"),
    Row(
      "cursor.down", [.character("j"), Key(.down)], .cursor, .move(0, 1), "down a row"),
    Row("cursor.up", [.character("k"), Key(.up)], .cursor, .move(0, -1), "up a row"),
    Row(
      "cursor.right", [.character("l"), Key(.right)], .cursor, .move(1, 0),
      "to the right, or a value up"),
    Row(
      "cursor.far-left", [.character("H"), Key(.left, shift: true)], .cursor, .move(-10, 0),
      "ten times as far to the left"),
    Row(
      "cursor.far-down", [.character("J"), Key(.down, shift: true)], .cursor, .move(0, 10),
      "ten times as far down"),
    Row(
      "cursor.far-up", [.character("K"), Key(.up, shift: true)], .cursor, .move(0, -10),
      "ten times as far up"),
    Row(
      "cursor.far-right", [.character("L"), Key(.right, shift: true)], .cursor, .move(10, 0),
      "ten times as far to the right"),
    Row(
      "cursor.page-down", [Key(.pageDown), .control("f")], .cursor, .page(2), "a page down"),
    Row("cursor.page-up", [Key(.pageUp), .control("b")], .cursor, .page(-2), "a page up"),
    Row("cursor.half-down", [.control("d")], .cursor, .page(1), "half a page down"),
    Row("cursor.half-up", [.control("u")], .cursor, .page(-1), "half a page up"),
    Row(
      "cursor.first", [Key(.home)], in: .panes(withEnds), .cursor, .jump(toLast: false),
      "to the first row, step, weight or point"),
    Row(
      "cursor.last", [Key(.end), .character("G")], in: .panes(withEnds), .cursor,
      .jump(toLast: true), "to the last one"),
    Row(
      "axis.previous", [.character("[")], .cursor, .secondAxis(-1),
      "back along the pane's second axis: layer, series, components, task, position A→B"),
    Row(
      "axis.next", [.character("]")], .cursor, .secondAxis(1),
      "forward along the pane's second axis"),
    Row(
      "view.scale", [.character("v")], in: .panes([.loss, .weights]), .cursor, .scale,
      "the next scale: linear or logarithmic; of the layer, of all, or ±1"),
    Row(
      "view.next", [.character("V")], in: .panes([.weights, .target]), .cursor, .nextView,
      "the next view: numbers, whether z matters (conditioning), sizes by layer (autopsy), memory of tasks; of architectures the graph, predictions, the front, the queue"
    ),
    Row(
      "view.reset", [.character("0")], .cursor, .reset,
      "back to the pane's beginning: a value of zero, the standard value, the whole picture"),
    Row(
      "view.closer", [.character("i")], in: .panes([.loss, .space, .target]), .cursor, .closer,
      "see half as much, twice as large; of a body a fifth less"),
    Row(
      "view.farther", [.character("o")], in: .panes([.loss, .space, .target]), .cursor, .farther,
      "see twice as much; of a body a quarter more"),
    Row(
      "view.follow", [.character("f")], in: .panes([.loss]), .cursor, .follow,
      "keep the newest step in view, or stay"),
    Row(
      "body.turn", [.character("f")], in: .panes([.target]), .cursor, .turn,
      "let a body turn by itself, or stand"),
    Row(
      "body.cut", [.character("}")], in: .panes([.target]), .cursor, .cut(1),
      "cut away more of a body in front"),
    Row(
      "body.uncut", [.character("{")], in: .panes([.target]), .cursor, .cut(-1),
      "cut away less"),
    Row(
      "node.add", [.character("+")], in: .panes([.target]), .cursor, .addNode,
      "of an architecture: a node after the one under the cursor"),
    Row(
      "node.remove", [.character("-")], in: .panes([.target]), .cursor, .removeNode,
      "of an architecture: take the node under the cursor away"),
    Row(
      "node.edge", [.character("=")], in: .panes([.target]), .cursor, .toggleEdge,
      "of an architecture: put an edge from the marked node to the one under the cursor, or take it away"
    ),
    Row(
      "node.units", [.character("U")], in: .panes([.target]), .cursor, .turnUnits,
      "of an architecture: the next activation of the node under the cursor"),
    Row(
      "architecture.train", [.character("Q")], in: .panes([.target]), .cursor, .orderTraining,
      "train the architecture for real in the background"),
    Row(
      "architecture.read", [], .cursor, .readArchitecture,
      "put the hand on an architecture of a YAML or JSON file",
      argument: .init(kind: .path, placeholder: "PATH", isRequired: true)),
    Row(
      "architecture.write", [], .cursor, .writeArchitecture,
      "write the architecture under the hand to a file, as YAML",
      argument: .init(kind: .path, placeholder: "PATH", isRequired: true)),
    Row(
      "view.smoothing", [.character("x")], in: .panes([.loss]), .cursor, .smoothing,
      "smooth the curves by 0, .6, .9 or .99"),
    Row(
      "filter", [.character("/")], in: .panes([.tasks, .knobs]), .cursor, .filter,
      "show only what contains a typed text"),
  ]

  static let context: [Row] = [
    Row("anchor.a", [.character("a")], .context, .anchorA, "remember the context as A"),
    Row("anchor.b", [.character("b")], .context, .anchorB, "remember the context as B"),
    Row(
      "anchor.play", [.character("p")], .context, .play,
      "move the context from A to B and back, or stop"),
    Row(
      "context.snap", [.character(".")], .context, .snap,
      "to the nearest task's context; on a held-out task of the list: fit its context"),
    Row(
      "task.next", [.character("n")], .context, .stepTask(1), "to the next task's context"),
    Row(
      "task.previous", [.character("N")], .context, .stepTask(-1),
      "to the previous task's context"),
    Row(
      "task", [], .context, .task, "to the context of a task",
      argument: .init(kind: .task, placeholder: "NAME", isRequired: true)),
    Row(
      "fit", [], .context, .fit,
      "fit a context to a held-out task, the hypernetwork frozen, and go there",
      argument: .init(kind: .heldOutTask, placeholder: "NAME", isRequired: true)),
  ]

  static let keeping: [Row] = [
    Row(
      "pin", [.character("c")], .keeping, .pin,
      "keep these weights and curves to compare with; again at the same place: let go"),
    Row(
      "pin.difference", [.character("d")], .keeping, .difference,
      "show the difference to what is pinned, or not"),
    Row(
      "copy", [.character("y")], .keeping, .copy,
      "copy the value or row under the cursor to the clipboard"),
    Row(
      "copy.pane", [.character("Y")], .keeping, .copyPane,
      "copy all that the pane shows, as CSV, to the clipboard"),
    Row(
      "undo", [.character("u")], .keeping, .undo,
      "undo the last change of a knob, context, anchor or weight"),
    Row("redo", [.control("r")], .keeping, .redo, "do again what was undone"),
    Row(
      "save", [.character("w")], .keeping, .save,
      "save the session; at PATH, which is its file from then on (also :w)",
      argument: .init(kind: .path, placeholder: "PATH", isRequired: false), aliases: ["w"]),
    Row(
      "wq", [], .keeping, .saveAndQuit, "save the session as :save does, and leave",
      argument: .init(kind: .path, placeholder: "PATH", isRequired: false), aliases: ["x"]),
    Row(
      "browse", [.character("O")], .keeping, .browse, "experiments to start and sessions to open"),
    Row(
      "open", [], .keeping, .open, "save this run and open a session",
      argument: .init(kind: .path, placeholder: "PATH", isRequired: true)),
    Row(
      "start", [], .keeping, .start, "save this run and start an experiment",
      argument: .init(kind: .experiment, placeholder: "EXPERIMENT", isRequired: true)),
    Row(
      "export", [.character("e")], .keeping, .export,
      "write what the pane shows to a file: csv, md, json or svg; of a body also png, obj, ply or stl",
      argument: .init(kind: .export, placeholder: "FORMAT [PATH]", isRequired: false)),
  ]

  static let screen: [Row] = [
    Row(
      "palette", [.character(":"), .control("p")], .screen, .palette,
      "every command by name, with what it takes"),
    Row("help", [.character("?")], .screen, .help, "every key; Enter does what is selected"),
    Row(
      "theme", [.character("t")], .screen, .theme, "the next theme, or the one named",
      argument: .init(kind: .theme, placeholder: "NAME", isRequired: false)),
    Row("glyphs", [.character("g")], .screen, .glyphs, "plain ASCII, or lines and braille"),
    Row("mouse", [.character("m")], .screen, .mouse, "listen to the mouse, or not"),
    Row("redraw", [.control("l")], .screen, .redraw, "draw the whole screen anew"),
    Row("suspend", [.control("z")], .screen, .suspend, "back to the shell; fg returns"),
    Row(
      "quit", [.character("q"), .control("c")], .screen, .quit, "save and leave (also :q)",
      aliases: ["q"]),
  ]
}
