import Terminal

extension CommandTable {
  /// A footer's hint: keys and one or two words.
  public struct Hint: Sendable, Hashable {
    public let keys: String
    public let label: String
  }

  /// The keys worth knowing in a pane, the most useful first: a footer shows as many as fit.
  public static func hints(for pane: Pane) -> [Hint] { own(pane).map(hint) }

  /// The keys worth knowing anywhere.
  public static var globalHints: [Hint] { everywhere.map(hint) }

  /// The same where the run was stopped by a failure: the ways on come first, and running is none.
  public static var hintsAfterFailure: [Hint] {
    let begin: [Mention] = [back, (["run.rewind"], "rewind")]
    let stopped = ["run.toggle", "run.step", "run.slower", "run.rewind"]
    return (begin + everywhere.filter { !stopped.contains($0.names[0]) }).map(hint)
  }

  /// The same where methods race: the verbs of the run are theirs.
  public static var hintsInRace: [Hint] {
    let begin: [Mention] = [(["run.toggle"], "race/pause"), (["run.rewind"], "anew")]
    let others = ["pane.zoom"]
    return
      (begin
      + everywhere.filter { !$0.names[0].hasPrefix("run.") && !others.contains($0.names[0]) })
      .map(hint)
  }

  /// Those of the target pane where a network speaks.
  public static var hintsInText: [Hint] {
    let mentions: [Mention] = [
      (["cursor.left", "cursor.right"], "walk"), (["pane.enter"], "prompt"),
      (["view.reset"], "own z"), (["anchor.a", "anchor.b"], "anchors"), (["copy"], "copy"),
      (["export"], "export"),
    ]
    return mentions.map(hint)
  }

  /// Those of the weights pane where it says what was found instead of showing a map.
  public static var hintsInFindings: [Hint] {
    let mentions: [Mention] = [
      (["view.next"], "view"), (["cursor.down", "cursor.up"], "scroll"), (["pane.zoom"], "zoom"),
      (["export"], "export"),
    ]
    return mentions.map(hint)
  }

  /// Those of the target pane where there is a body.
  public static var hintsOfBody: [Hint] {
    let mentions: [Mention] = [
      (["cursor.left", "cursor.down", "cursor.up", "cursor.right"], "turn"),
      (["body.turn"], "by itself"), (["view.closer", "view.farther"], "zoom"),
      (["body.uncut", "body.cut"], "cut"), (["axis.previous", "axis.next"], "compare with"),
      (["view.reset"], "front"), (["export"], "export"),
    ]
    return mentions.map(hint)
  }

  /// Those of the target pane where there is an architecture.
  public static var hintsOfArchitecture: [Hint] {
    let mentions: [Mention] = [
      (["cursor.down", "cursor.up"], "node"), (["cursor.left", "cursor.right"], "operation"),
      (["node.units"], "units"), (["node.add", "node.remove"], "node"),
      (["axis.previous", "axis.next"], "edge from"), (["node.edge"], "put or take"),
      (["architecture.train"], "train"), (["view.next"], "view"), (["export"], "export"),
    ]
    return mentions.map(hint)
  }

  /// Those of its lists of architectures, and of what has no rows.
  public static func hintsOfSearch(hasRows: Bool) -> [Hint] {
    let mentions: [Mention] =
      (hasRows
        ? [(["cursor.down", "cursor.up"], "row"), (["pane.enter"], "to its graph")] : [])
      + [(["architecture.train"], "train"), (["view.next"], "view"), (["export"], "export")]
    return mentions.map(hint)
  }

  static var wayBack: Hint { hint(back) }
  private static let back: Mention = (["run.back"], "back")

  /// Names of commands and what the footer calls them together; their keys come from the rows.
  typealias Mention = (names: [String], label: String)

  static let everywhere: [Mention] = [
    (["run.toggle"], "run/pause"), (["run.step"], "step"), (["run.slower", "run.faster"], "speed"),
    (["run.rewind"], "rewind"), (["pane.next"], "pane"), (["pane.zoom"], "zoom"),
    (["save"], "save"),
    (["export"], "export"), (["palette"], "commands"), (["help"], "help"), (["quit"], "quit"),
  ]

  static func own(_ pane: Pane) -> [Mention] {
    switch pane {
    case .tasks:
      [
        (["pane.enter"], "load context"), (["context.snap"], "fit held-out"),
        (["anchor.a", "anchor.b"], "anchors"), (["filter"], "filter"), (["copy"], "copy"),
      ]
    case .knobs:
      [
        (["cursor.left", "cursor.right"], "turn"),
        (["cursor.far-left", "cursor.far-right"], "×10"),
        (["pane.enter"], "type"), (["view.reset"], "standard"), (["undo"], "undo"),
        (["filter"], "filter"),
      ]
    case .loss:
      [
        (["cursor.left", "cursor.right"], "crosshair"), (["view.closer", "view.farther"], "zoom"),
        (["view.scale"], "log"), (["view.smoothing"], "smooth"), (["view.follow"], "tail"),
        (["axis.previous", "axis.next"], "series"), (["view.reset"], "all"), (["pin"], "pin"),
        (["copy"], "copy"),
      ]
    case .weights:
      [
        (["axis.previous", "axis.next"], "layer"),
        (["cursor.left", "cursor.down", "cursor.up", "cursor.right"], "cell"),
        (["view.next"], "view"), (["pane.enter"], "edit"), (["view.scale"], "scale"),
        (["pin"], "pin"), (["pin.difference"], "difference"), (["copy"], "copy"),
      ]
    case .space:
      [
        (["cursor.left", "cursor.down", "cursor.up", "cursor.right"], "move z"),
        (["context.snap"], "snap"), (["axis.previous", "axis.next"], "components"),
        (["view.closer", "view.farther"], "zoom"), (["anchor.a", "anchor.b"], "anchors"),
      ]
    case .target:
      [
        (["cursor.left", "cursor.right"], "cursor"),
        (["axis.previous", "axis.next"], "compare with"),
        (["view.reset"], "no cursor"), (["copy"], "copy"), (["export"], "export"),
      ]
    case .compare:
      [
        (["cursor.down", "cursor.up"], "method"), (["cursor.left", "cursor.right"], "cursor"),
        (["axis.previous", "axis.next"], "columns"), (["pane.enter"], "curves, table"),
        (["pane.out"], "leave"), (["copy"], "copy"),
      ]
    case .context:
      [
        (["cursor.left", "cursor.right"], "±.05"),
        (["cursor.far-left", "cursor.far-right"], "±.5"),
        (["pane.enter"], "type"), (["view.reset"], "zero"), (["context.snap"], "nearest task"),
        (["anchor.a", "anchor.b"], "anchors"), (["axis.previous", "axis.next"], "A→B"),
        (["anchor.play"], "play"), (["undo"], "undo"),
      ]
    }
  }

  private static func hint(_ mention: Mention) -> Hint {
    let keys = mention.names.compactMap { row(named: $0)?.keys.first?.description }
    return Hint(keys: keys.joined(separator: keys.count > 2 ? "" : "/"), label: mention.label)
  }
}
