/// The work of one step, pointers resolved: `units` independent pieces, so that a team of threads can
/// take contiguous ranges of them. What a unit computes does not depend on how they are divided.
struct Kernel {
  var units = 1
  /// A rough cost of one unit, by which a plan decides how a step is divided.
  var nanosecondsPerUnit: Double
  var floatingPointOperations: Double = 0
  /// The cost of each unit where they differ.
  var unitCosts: [Double]?
  /// What a range of units reads and writes; nil where no more is known than for the whole step.
  var touches: ((_ units: Range<Int>) -> [Stretch])?

  /// Computes a range of units on one member of the team (0 is the caller).
  let run: (_ units: Range<Int>, _ member: Int) -> Void

  /// A rough cost of a range of units.
  func nanoseconds(_ range: Range<Int>) -> Double {
    unitCosts.map { $0[range].reduce(0, +) } ?? nanosecondsPerUnit * Double(range.count)
  }

  /// This kernel, with what is known of the memory its units touch.
  func touching(_ touches: @escaping (_ units: Range<Int>) -> [Stretch]) -> Kernel {
    var kernel = self
    kernel.touches = touches
    return kernel
  }

  /// Where each member's range of units starts, and the last one ends: ranges of about equal cost,
  /// cut between `lanes` equal parts of the units where they have such parts.
  func bounds(members: Int, lanes: Int) -> [Int] {
    guard let unitCosts else {
      guard units % lanes == 0 else { return (0...members).map { units * $0 / members } }
      return (0...members).map { (lanes * $0 + members / 2) / members * (units / lanes) }
    }
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
    func each(_ units: Range<Int>, _ body: (Kernel, Range<Int>) -> Void) {
      for (index, kernel) in kernels.enumerated() {
        let first = max(units.lowerBound, starts[index])
        let last = min(units.upperBound, starts[index + 1])
        if first < last { body(kernel, first - starts[index]..<last - starts[index]) }
      }
    }
    let costs = kernels.flatMap {
      $0.unitCosts ?? Array(repeating: $0.nanosecondsPerUnit, count: $0.units)
    }
    return Kernel(
      units: costs.count, nanosecondsPerUnit: costs.reduce(0, +) / Double(costs.count),
      floatingPointOperations: kernels.reduce(0) { $0 + $1.floatingPointOperations },
      unitCosts: costs
    ) { units, member in
      each(units) { kernel, own in kernel.run(own, member) }
    }.touching { units in
      var stretches: [Stretch] = []
      each(units) { kernel, own in stretches += kernel.touches?(own) ?? [] }
      return stretches
    }
  }
}
