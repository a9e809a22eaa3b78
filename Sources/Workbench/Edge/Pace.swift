/// Lets something happen at most so often: at once where a person waits for it, else when it is due.
struct Pace {
  /// At most thirty a second.
  static let interval = 1.0 / 30

  /// Seconds between two times.
  var interval = Pace.interval

  private var last = -Double.infinity
  private(set) var isWanted = false
  private(set) var isUrgent = false

  /// - Parameter urgent: a person waits for it.
  mutating func want(urgent: Bool = false) {
    isWanted = true
    if urgent { isUrgent = true }
  }

  mutating func drop() {
    isWanted = false
    isUrgent = false
  }

  func isDue(at now: Double) -> Bool {
    isWanted && (isUrgent || now >= last + interval)
  }

  /// When it will be due; nil where it is not wanted.
  var dueAt: Double? { isWanted ? max(isUrgent ? last : last + interval, 0) : nil }

  mutating func done(at now: Double) {
    last = now
    drop()
  }
}
