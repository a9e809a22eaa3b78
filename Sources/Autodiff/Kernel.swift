/// The work of one step, pointers resolved: `units` independent pieces, so that a team of threads can
/// take contiguous ranges of them. What a unit computes does not depend on how they are divided.
struct Kernel {
  var units = 1
  /// A rough cost of one unit, by which a plan decides whether a step is worth dividing.
  var nanosecondsPerUnit: Double
  var floatingPointOperations: Double = 0
  /// The cost of each unit where they differ.
  var unitCosts: [Double]?

  /// Computes a range of units on one member of the team (0 is the caller).
  let run: (_ units: Range<Int>, _ member: Int) -> Void

  /// Whether dividing it saves more than waking a team costs.
  var isWorthSharing: Bool { units > 1 && nanosecondsPerUnit * Double(units) > 15_000 }

  /// Where each member's range of units starts, and the last one ends: ranges of about equal cost.
  func bounds(members: Int) -> [Int] {
    guard let unitCosts else { return (0...members).map { units * $0 / members } }
    let total = unitCosts.reduce(0, +)
    var result = [0]
    var sum = 0.0
    for (unit, cost) in unitCosts.enumerated() {
      // A unit belongs to the member in whose share its middle lies.
      while result.count < members, sum + cost / 2 > total * Double(result.count) / Double(members)
      {
        result.append(unit)
      }
      sum += cost
    }
    while result.count <= members { result.append(units) }
    return result
  }

  /// Independent kernels as one: their units one after the other.
  static func bundle(_ kernels: [Kernel]) -> Kernel {
    if kernels.count == 1 { return kernels[0] }
    var starts = [0]
    for kernel in kernels { starts.append(starts[starts.count - 1] + kernel.units) }
    let costs = kernels.flatMap { Array(repeating: $0.nanosecondsPerUnit, count: $0.units) }
    return Kernel(
      units: costs.count, nanosecondsPerUnit: costs.reduce(0, +) / Double(costs.count),
      floatingPointOperations: kernels.reduce(0) { $0 + $1.floatingPointOperations },
      unitCosts: costs
    ) { units, member in
      var index = 0
      while index < kernels.count {
        let start = starts[index]
        let first = max(units.lowerBound, start)
        let last = min(units.upperBound, starts[index + 1])
        if first < last { kernels[index].run(first - start..<last - start, member) }
        index += 1
      }
    }
  }
}
