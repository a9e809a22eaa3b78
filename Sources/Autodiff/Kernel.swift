/// The work of one step, pointers resolved: `units` independent pieces, so that a team of threads can
/// take contiguous ranges of them. What a unit computes does not depend on how they are divided.
struct Kernel {
  var units = 1
  /// A rough cost of one unit, by which a plan decides whether a step is worth dividing.
  var nanosecondsPerUnit: Double
  var floatingPointOperations: Double = 0
  /// Whether dividing it saves more than waking a team costs.
  var isWorthSharing: Bool { units > 1 && nanosecondsPerUnit * Double(units) > 15_000 }

  /// Computes a range of units on one member of the team (0 is the caller).
  let run: (_ units: Range<Int>, _ member: Int) -> Void
}
