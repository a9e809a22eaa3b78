import Autodiff
import Terminal
import Workloads

/// A plan in lines: its steps with where the time goes, and the arena's map.
struct PlanText {
  let profile: PlanProfile

  init(_ profile: PlanProfile) { self.profile = profile }

  var text: String { summary + "\n" + steps + "\n" + slices + arena }

  private var plan: Plan { profile.plan }

  private var summary: String {
    let share = Double(plan.arenaBytes) / Double(max(plan.liveBytes, 1))
    let arena =
      plan.liveBytes == 0
      ? "no arena"
      : "arena \(Numbers.bytes(plan.arenaBytes)), \(Numbers.fixed(share, 2)) times the most that "
        + "lives at once"
    return "\(profile.workload): \(plan.steps.count) steps, \(threads); planned in "
      + "\(milliseconds(profile.planningSeconds)), parameters drawn in "
      + "\(milliseconds(profile.drawingSeconds)); \(arena)\n"
  }

  /// Those that steps are divided among, and those asked for if that is not the same.
  private var threads: String {
    let used = "\(plan.threadCount) \(plan.threadCount == 1 ? "thread" : "threads")"
    return plan.threadCount == profile.threads
      ? used : "\(used) of the \(profile.threads) asked for, as more would gain too little"
  }

  private func milliseconds(_ seconds: Double) -> String { "\(Numbers.general(seconds * 1000)) ms" }

  private var steps: String {
    let total = max(profile.seconds.reduce(0, +), .leastNormalMagnitude)
    let titles = [["step", "phase", "operation", "from", "to", "MFLOP", "bytes", "µs", "share"]]
    let rows = plan.steps.enumerated().map { index, step in
      [
        "\(index)", step.phase, step.name, shapes(step.operands), step.result.description,
        Numbers.general(step.floatingPointOperations / 1e6), Numbers.bytes(step.bytes),
        Numbers.fixed(profile.seconds[index] * 1e6, 1),
        Numbers.fixed(100 * profile.seconds[index] / total, 1) + " %",
      ]
    }
    return TextColumns.text(titles + rows)
  }

  /// Different shapes in order, at most four.
  private func shapes(_ shapes: [Shape]) -> String {
    var seen: [Shape] = []
    for shape in shapes where !seen.contains(shape) { seen.append(shape) }
    return seen.prefix(4).map(\.description).joined(separator: " ") + (seen.count > 4 ? " …" : "")
  }

  /// Each step is timed by itself above, so together they take less.
  private var slices: String {
    if plan.slices.isEmpty { return "" }
    let rows = plan.slices.map {
      [
        "\($0.steps.lowerBound)–\($0.steps.upperBound - 1)",
        "\($0.entries) of \($0.batch) entries of the batch at a time",
      ]
    }
    return TextColumns.text([["together", ""]] + rows) + "\n"
  }

  private var arena: String {
    guard !plan.regions.isEmpty else {
      return "The arena is empty: nothing lives only between two steps.\n"
    }
    return TextColumns.text(
      [["arena from byte", "length", "steps"]]
        + plan.regions.map {
          [
            "\($0.offset)", Numbers.bytes($0.bytes),
            "\($0.steps.lowerBound)–\($0.steps.upperBound - 1)",
          ]
        })
  }
}
