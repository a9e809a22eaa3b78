import Autodiff
import Foundation
import Learning

/// Generates networks for episodes and measures them on the episodes' queries, some at a time.
final class EpisodeBench {
  /// Episodes side by side.
  static let rows = 20

  private let model: EpisodeModel
  private let queries: Int
  private let program: EvaluationProgram
  private let plan: Plan
  private let supportX, supportY, x, y: UnsafeMutableBufferPointer<Float>

  /// How an episode's labelled images are shown.
  enum Support {
    case asIs
    /// With labels that belong to others.
    case shuffled
  }

  struct Planned {
    let program: EvaluationProgram
    let draft: PlanDraft
    let bytes: Int

    init(_ model: EpisodeModel) {
      program = model.evaluationProgram(
        rows: EpisodeBench.rows, queries: model.family.evaluationCount)
      draft = PlanDraft(program.graph, outputs: [program.losses, program.outputs])
      bytes = draft.bytes(threads: 1)
    }
  }

  init(_ model: EpisodeModel, _ planned: Planned, variables: Variables) {
    self.model = model
    queries = model.family.evaluationCount
    program = planned.program
    plan = Plan(planned.draft, variables: variables)
    supportX = plan.input("support.x")
    supportY = plan.input("support.y")
    x = plan.input("x")
    y = plan.input("y")
  }

  /// Loss and accuracy of so many episodes of a split, from a number on.
  func measure(
    _ split: Glyphs.Split, from first: Int = 0, count: Int, _ support: Support = .asIs
  ) -> [TaskMeasure] {
    portions(first, count).flatMap { numbers in
      fill(numbers, split, support)
      plan.run()
      return measures(plan.value(program.losses), plan.value(program.outputs))
        .prefix(numbers.count)
    }
  }

  /// The accuracy of the nearest labelled image, pixel by pixel, on the same episodes.
  func nearest(_ split: Glyphs.Split, count: Int) -> [Float] {
    let (shots, ways, pixels) = (
      model.shots, model.family.outputCount, model.family.inputCount
    )
    return portions(0, count).flatMap { numbers in
      fill(numbers, split, .asIs)
      return (0..<numbers.count).map { row -> Float in
        var right = 0
        for query in row * queries..<(row + 1) * queries {
          var (best, least) = (0, Float.infinity)
          for example in row * shots..<(row + 1) * shots {
            var distance: Float = 0
            for i in 0..<pixels {
              let difference = x[query * pixels + i] - supportX[example * pixels + i]
              distance += difference * difference
            }
            if distance < least { (best, least) = (example, distance) }
          }
          if (0..<ways).allSatisfy({ supportY[best * ways + $0] == y[query * ways + $0] }) {
            right += 1
          }
        }
        return Float(right) / Float(queries)
      }
    }
  }

  private func portions(_ first: Int, _ count: Int) -> [Range<Int>] {
    stride(from: first, to: first + count, by: Self.rows).map {
      $0..<min($0 + Self.rows, first + count)
    }
  }

  /// Rows that are left over keep what they had: nobody looks at them.
  private func fill(_ numbers: Range<Int>, _ split: Glyphs.Split, _ support: Support) {
    let episodes = model.family.episodes
    for (row, number) in numbers.enumerated() {
      for (part, size, x, y) in [
        (Episodes.Part.support, model.shots, supportX, supportY), (.query, queries, x, y),
      ] {
        episodes.fill(
          number, split, part, examples: size, key: part.shownKey(number), row: 0,
          x: x.part(row, of: Self.rows), y: y.part(row, of: Self.rows))
      }
      if support == .shuffled { shuffle(supportY.part(row, of: Self.rows), number) }
    }
  }

  private func shuffle(_ labels: UnsafeMutableBufferPointer<Float>, _ number: Int) {
    let ways = model.family.outputCount
    let old = Array(labels)
    let order = RandomKey(seed: 0, stream: .split, step: number).permutation(old.count / ways)
    for (row, from) in order.enumerated() {
      for i in 0..<ways { labels[row * ways + i] = old[from * ways + i] }
    }
  }

  private func measures(
    _ losses: UnsafeBufferPointer<Float>, _ outputs: UnsafeBufferPointer<Float>
  ) -> [TaskMeasure] {
    let accuracies = model.family.accuracies(
      tasks: losses.count, outputs: outputs, targets: UnsafeBufferPointer(y))
    return zip(losses, accuracies).map { TaskMeasure(loss: $0, metric: $1) }
  }
}

extension Episodes.Part {
  /// What images of an episode are shown and measured by: the same wherever it is looked at.
  func shownKey(_ number: Int) -> RandomKey {
    RandomKey(seed: 0, stream: self == .support ? .support : .evaluation, step: number)
  }
}

extension UnsafeMutableBufferPointer {
  /// One of so many parts of equal length.
  func part(_ index: Int, of count: Int) -> UnsafeMutableBufferPointer {
    let size = self.count / count
    return UnsafeMutableBufferPointer(rebasing: self[index * size..<(index + 1) * size])
  }
}

/// A mean and how far it may be from the truth: half the width of the 95 % interval, by the normal
/// approximation.
struct Estimate {
  let mean: Float
  let interval: Float

  init(_ values: [Float]) {
    let count = Float(max(values.count, 1))
    let mean = values.reduce(0, +) / count
    let variance =
      values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(count - 1, 1)
    self.mean = mean
    interval = 1.96 * (variance / count).squareRoot()
  }
}
