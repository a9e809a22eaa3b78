import Learning
import Terminal
import Training

extension Model {
  /// Does what a command does, in the focused pane; the argument is empty where none was typed.
  mutating func perform(_ action: Action, _ argument: String = "") -> [Request] {
    if focus == .compare, let requests = performInRace(action, argument) { return requests }
    switch action {
    case .toggleRun: return goOn(.toggle)
    case .step: return goOn(.step)
    case .phase: return goOn(.phase)
    case .slower: return change(speed: snapshot.speed.slower)
    case .faster: return change(speed: snapshot.speed.faster)
    case .speed: return change(speed: argument)
    case .rewind: return [.train(.rewind)]
    case .seed: return reseed(argument)
    case .back: return [.train(.restoreLastGood)]
    case .backToTask: return goBack(toTask: argument)
    case .set: return turnKnob(line: argument)

    case .nextPane: go(to: focus.neighbour(1))
    case .previousPane: go(to: focus.neighbour(-1))
    case .goTo(let pane): go(to: pane)
    case .compare: return compare(argument)
    case .enter: return enter()
    case .zoom: isZoomed.toggle()
    case .out: out()

    case .move(let dx, let dy): return move(dx, dy)
    case .page(let halves): return movePages(halves)
    case .jump(let toLast): jump(toLast: toLast)
    case .secondAxis(let step): moveSecondAxis(step)
    case .scale: nextScale()
    case .nextView: nextView()
    case .reset: return reset()
    case .closer: zoom(closer: true)
    case .farther: zoom(closer: false)
    case .follow: toggleFollowing()
    case .turn: toggleTurning()
    case .cut(let steps): cutBody(by: steps)
    case .addNode: addNode()
    case .removeNode: removeNode()
    case .toggleEdge: toggleEdge()
    case .turnUnits: turnUnits()
    case .orderTraining: orderTraining()
    case .smoothing: nextSmoothing()

    case .anchorA: setAnchor(\.a, "A")
    case .anchorB: setAnchor(\.b, "B")
    case .play: togglePlaying()
    case .snap: return snap()
    case .stepTask(let step): stepTask(step)
    case .task: return goToTask(named: argument)
    case .fit: return fitTask(named: argument)

    case .pin: togglePin()
    case .difference: toggleDifference()
    case .copy: return copyValue()
    case .copyPane: return copyPane()
    case .undo: return undo()
    case .redo: return redo()
    case .save: return save(to: argument)
    case .saveAndQuit:
      let requests = save(to: argument)
      // Unless another file has to be asked for first.
      return requests.isEmpty ? [] : requests + [.quit]
    case .browse: return browse()
    case .readArchitecture: return readArchitecture(at: argument)
    case .writeArchitecture: return writeArchitecture(to: argument)
    case .open: return [.open(path: argument)]
    case .start: return start(argument)
    case .export: return export(argument)

    case .filter: openFilter()
    case .palette:
      overlay = .palette(ListState())
      // For the completion of `open` and `theme`.
      return [.listSessions, .listThemes]
    case .help: overlay = .help(ListState())
    case .theme: return changeTheme(argument)
    case .glyphs: toggleGlyphs()
    case .mouse: return toggleMouse()
    case .redraw: return [.terminal(.redraw)]
    case .suspend: return [.terminal(.suspend)]
    case .quit: return [.quit]
    }
    return []
  }

  // MARK: The run

  /// Trains on; a run that stopped by itself cannot, and which keys lead out of that is said.
  private mutating func goOn(_ command: Command) -> [Request] {
    guard case .failed(let failure) = snapshot.state else { return [.train(command)] }
    tell(
      .warning,
      failure.lastGoodStep == nil
        ? "\(failure.wayOut): the run stopped by itself"
        : "B goes back to the last good state, r rewinds")
    return []
  }

  private mutating func change(speed: Speed) -> [Request] {
    tell(.notice, speed == snapshot.speed ? "already \(speed.words)" : "speed: \(speed.words)")
    // The next press starts from here, though the run says so only with its next snapshot.
    snapshot.speed = speed
    return [.train(.speed(speed))]
  }

  private mutating func change(speed text: String) -> [Request] {
    let word = text.hasSuffix("/s") ? String(text.dropLast(2)) : text
    let speed = Speed.allCases.first {
      $0.label == word || $0.stepsPerSecond.map { "\(Int($0))" } == word
    }
    if let speed { return change(speed: speed) }
    let labels = Speed.allCases.map(\.label).joined(separator: ", ")
    tell(.failure, "there is no speed '\(text)'; there are \(labels)")
    return []
  }

  private mutating func reseed(_ argument: String) -> [Request] {
    guard !argument.isEmpty else { return [.train(.reseed(snapshot.seed &+ 1))] }
    guard let seed = UInt64(argument) else {
      tell(.failure, "a seed is a whole number from 0 to \(UInt64.max), not '\(argument)'")
      return []
    }
    return [.train(.reseed(seed))]
  }

  private mutating func start(_ name: String) -> [Request] {
    guard Experiments.named(name) != nil else {
      let names = Experiments.all.map(\.name).joined(separator: ", ")
      tell(.failure, "there is no experiment '\(name)'; there are \(names)")
      return []
    }
    return [.start(experiment: name)]
  }

  private mutating func save(to path: String) -> [Request] {
    if !path.isEmpty { return save(at: path) }
    guard snapshot.saved.error == nil else {
      // Where it failed once it will fail again: another place is asked for.
      overlay = .prompt(
        Prompt(
          purpose: .save, label: "save to another file",
          text: snapshot.saved.path ?? "\(snapshot.description.experiment).json"))
      return []
    }
    return [.train(.save(path: nil))]
  }

  /// What comes of this is news, even where it is the same as before.
  mutating func save(at path: String) -> [Request] {
    expectedNotice = nil
    return [.train(.save(path: path))]
  }

  // MARK: Panes

  /// Focuses a pane and, where not all fit, brings it to the front.
  mutating func go(to pane: Pane) {
    focus = pane
    if pane != .context, pane != .compare { front = pane }
  }

  /// Opens what the cursor is on.
  private mutating func enter() -> [Request] {
    switch focus {
    case .tasks:
      if visibleTasks.contains(tasks.cursor) { return load(task: tasks.cursor) }
    case .weights where weights.view != .map: isZoomed.toggle()
    case .knobs, .weights, .context, .loss: openValuePrompt()
    case .space: return snap()
    case .target where text != nil: openValuePrompt()
    case .target where network != nil: openSearchRow()
    case .target: isZoomed.toggle()
    case .compare: break
    }
    return []
  }

  /// Out of exactly one thing.
  private mutating func out() {
    if focus == .compare {
      outOfRace()
    } else if isZoomed {
      isZoomed = false
    } else if focus == .loss, loss.crosshair != nil {
      loss.crosshair = nil
    } else if focus == .target, target.hasCursor {
      target.hasCursor = false
    } else if focus == .target, network != nil, search.view != .graph {
      search.view = .graph
    } else if focus == .weights, weights.view != .map {
      weights.view = .map
    } else if focus == .tasks, !tasks.filter.isEmpty {
      tasks.filter = ""
    } else if focus == .knobs, !knobs.filter.isEmpty {
      knobs.filter = ""
    } else if anchors.playing != nil {
      stopPlaying()
    } else {
      toast = nil
    }
  }

  // MARK: The screen

  private mutating func changeTheme(_ name: String) -> [Request] {
    if !name.isEmpty { return [.theme(name: name)] }
    return [.nextTheme(after: theme.name)]
  }

  private mutating func toggleGlyphs() {
    guard capabilities.unicode else {
      tell(.notice, "this terminal shows ASCII only")
      return
    }
    prefersASCII.toggle()
    tell(.notice, prefersASCII ? "plain ASCII" : "lines and braille")
  }

  private mutating func toggleMouse() -> [Request] {
    usesMouse.toggle()
    tell(
      .notice,
      usesMouse ? "mouse: click, drag a slider, turn the wheel" : "mouse left to the terminal")
    return [.terminal(.mouse(usesMouse))]
  }
}

extension Pane {
  /// The pane some places further in their order, round and round.
  func neighbour(_ step: Int) -> Pane {
    let all = Pane.ofRun
    let index = (all.firstIndex(of: self) ?? (step > 0 ? -1 : 0)) + step
    return all[(index % all.count + all.count) % all.count]
  }
}

extension Speed {
  fileprivate var words: String {
    stepsPerSecond.map { "\(Int($0)) step\($0 == 1 ? "" : "s") a second" } ?? "as fast as it can"
  }
}
