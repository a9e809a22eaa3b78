import Terminal

/// Where everything lies on a screen: a pure function of the terminal's size and of which pane is
/// looked at. Panes never overlap, never leave the screen, and the context is always among them, except
/// beside the race of methods, which has the screen to itself: it is about no one context.
public struct Layout: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// Everything, and a strip with one card for each of the target network's tensors.
    case wide
    /// All seven panes.
    case full
    /// One pane that can be changed, the target network, the context.
    case compact
    /// One pane and a scrubber of two lines; a second pane below it where there is height.
    case single
    /// No pictures: the numbers of the focused pane, and one component of the context.
    case numbers
    /// Nothing but what is missing.
    case tooSmall
  }

  public struct Placement: Sendable, Equatable {
    public let pane: Pane
    public let rect: Rect
  }

  /// The smallest size at which anything but a complaint is drawn.
  public static let minimum = Size(40, 10)

  public let kind: Kind
  public let size: Size
  /// The top line.
  public private(set) var status = Rect.nothing
  /// The panes that are seen, from left to right and top to bottom, the context last.
  public private(set) var panes: [Placement] = []
  /// One card a tensor; only in wide layouts.
  public private(set) var strip: Rect?
  /// Knobs and weights in one line, where their panes are not seen (compact).
  public private(set) var digest: Rect?
  public private(set) var toast = Rect.nothing
  public private(set) var footer = Rect.nothing
  /// All between the status line and the toast: what an overlay may cover.
  public private(set) var body = Rect.nothing

  public init(size: Size, focus: Pane, isZoomed: Bool, front: Pane) {
    self.size = size
    kind = Kind(size)
    guard kind != .tooSmall else { return }
    let lines = kind == .numbers ? 2 : 1
    let screen = Rect(size)
    status = screen.rows(lines).top
    body = Rect(x: 0, y: lines, width: size.width, height: size.height - lines - 2)
    toast = Rect(x: 0, y: body.maxY, width: size.width, height: 1)
    footer = Rect(x: 0, y: body.maxY + 1, width: size.width, height: 1)

    if focus == .compare {
      panes = [.init(pane: .compare, rect: body)]
    } else if kind == .numbers {
      let (above, context) = body.rows(body.height - 1)
      panes = [.init(pane: focus == .context ? front.besideContext : focus, rect: above)]
      panes.append(.init(pane: .context, rect: context))
    } else if isZoomed {
      placeZoomed(focus)
    } else {
      switch kind {
      case .wide, .full: placeAll()
      case .compact: placePair(front: front.besideContext)
      default: placeOne(focus == .context ? front.besideContext : focus)
      }
    }
  }

  /// The rectangle of a pane, or nil where it is not seen.
  public func rect(of pane: Pane) -> Rect? { panes.first { $0.pane == pane }?.rect }

  /// The pane at a cell.
  public func pane(x: Int, y: Int) -> Pane? { panes.first { $0.rect.contains(x: x, y: y) }?.pane }

  private mutating func placeZoomed(_ pane: Pane) {
    guard pane != .context else {
      panes = [.init(pane: .context, rect: body)]
      return
    }
    let (above, context) = body.rows(body.height - 4)
    panes = [.init(pane: pane, rect: above), .init(pane: .context, rect: context)]
  }

  private mutating func placeAll() {
    var (rest, context) = body.rows(body.height - (size.height >= 40 ? 7 : 6))
    if kind == .wide {
      let (above, cards) = rest.rows(rest.height - 5)
      strip = cards
      rest = above
    }
    // Names and numbers stop gaining from width at some point; pictures never do.
    let (left, pictures) = rest.columns(min(max(size.width * 22 / 100, 28), 38))
    let (middle, right) = pictures.columns((pictures.width + 1) / 2)
    // Pictures of weights and of what the target network does gain most from a row more.
    let half = rest.height / 2
    func pair(_ upper: Pane, _ lower: Pane, _ column: Rect) {
      let (top, bottom) = column.rows(half)
      panes.append(.init(pane: upper, rect: top))
      panes.append(.init(pane: lower, rect: bottom))
    }
    pair(.tasks, .knobs, left)
    pair(.loss, .weights, middle)
    pair(.space, .target, right)
    panes.append(.init(pane: .context, rect: context))
  }

  private mutating func placePair(front: Pane) {
    let (rest, line) = body.rows(body.height - 1)
    digest = line
    let (above, context) = rest.rows(rest.height - 6)
    let (left, right) = above.columns((above.width + 1) / 2)
    panes = [
      .init(pane: front == .target ? .loss : front, rect: left),
      .init(pane: .target, rect: right),
      .init(pane: .context, rect: context),
    ]
  }

  private mutating func placeOne(_ front: Pane) {
    let (above, context) = body.rows(body.height - 4)
    if above.height >= 22 {
      let (top, bottom) = above.rows((above.height + 1) / 2)
      panes = [
        .init(pane: front == .target ? .loss : front, rect: top),
        .init(pane: .target, rect: bottom),
      ]
    } else {
      panes = [.init(pane: front, rect: above)]
    }
    panes.append(.init(pane: .context, rect: context))
  }
}

extension Layout.Kind {
  /// The richest layout a terminal has room for.
  public init(_ size: Size) {
    func atLeast(_ width: Int, _ height: Int) -> Bool {
      size.width >= width && size.height >= height
    }
    self =
      if atLeast(160, 45) { .wide } else if atLeast(110, 30) { .full } else if atLeast(80, 24) {
        .compact
      } else if atLeast(60, 16) { .single } else if atLeast(40, 10) { .numbers } else { .tooSmall }
  }
}

extension Layout {
  /// What is said where nothing fits, the axis that fails in brackets: `need 40×10, have [33]×8`.
  /// Broken into lines, and shortened, until it fits.
  public static func complaint(_ size: Size, unicode: Bool = true) -> [String] {
    let times = unicode ? "×" : "x"
    func mark(_ value: Int, _ least: Int) -> String { value < least ? "[\(value)]" : "\(value)" }
    let need = "\(minimum.width)\(times)\(minimum.height)"
    let have =
      mark(size.width, minimum.width) + times + mark(size.height, minimum.height)
    let forms = [
      ["need \(need), have \(have)"], ["need \(need),", "have \(have)"], ["have \(have)"], [have],
      ["\(size.width)\(times)\(size.height)"], ["<\(minimum.width)"],
    ]
    let fitting = forms.first { lines in
      lines.count <= size.height && lines.allSatisfy { $0.count <= size.width }
    }
    return fitting ?? ["!"]
  }
}

extension Pane {
  /// The pane shown where there is room for one beside the context.
  fileprivate var besideContext: Pane {
    self == .context || self == .compare ? .loss : self
  }
}

extension Rect {
  fileprivate static let nothing = Rect(x: 0, y: 0, width: 0, height: 0)
}
