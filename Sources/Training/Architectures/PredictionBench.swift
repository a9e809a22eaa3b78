import Autodiff
import Foundation
import Learning

/// Generates networks for architectures and measures them on the images that choices are made by, some at a
/// time. Uses the variables it is given and never writes to them.
final class PredictionBench {
  private let model: ArchitectureModel
  private let variables: Variables
  private var planned: [ArchitectureModel.Extent: Planned] = [:]

  /// Architectures and images side by side: few enough that what is between the layers stays in the
  /// cache.
  private static let (rows, images) = (8, 50)

  private struct Planned {
    let program: (graph: Graph, outputs: Tensor, weights: [Tensor])
    let plan: Plan
  }

  /// Loss and accuracy of a network that was never trained.
  typealias Measure = ClassificationTally

  init(_ model: ArchitectureModel, variables: Variables) {
    self.model = model
    self.variables = variables
  }

  /// Bytes that measuring takes.
  static func bytes(_ model: ArchitectureModel) -> Int {
    [ArchitectureModel.Extent.trained, .large].reduce(0) {
      let program = model.predictionProgram(rows: rows, images: images, extent: $1)
      return $0 + PlanDraft(program.graph, outputs: [program.outputs], updates: false).bytes()
    }
  }

  private func planned(_ extent: ArchitectureModel.Extent) -> Planned {
    if let planned = planned[extent] { return planned }
    let program = model.predictionProgram(rows: Self.rows, images: Self.images, extent: extent)
    let made = Planned(
      program: program,
      plan: Plan(program.graph, outputs: [program.outputs], updates: false, variables: variables))
    planned[extent] = made
    return made
  }

  /// Measures on the first so many images; all where nothing is said. Architectures that there is no room for
  /// have no measure.
  func measure(_ architectures: [Architecture], images most: Int? = nil) -> [Measure?] {
    var result = [Measure?](repeating: nil, count: architectures.count)
    for extent in [ArchitectureModel.Extent.trained, .large] {
      let own = architectures.indices.filter { model.extent(of: architectures[$0]) == extent }
      for first in stride(from: 0, to: own.count, by: Self.rows) {
        let part = own[first..<min(first + Self.rows, own.count)]
        for (place, measure) in zip(
          part, measure(part.map { architectures[$0] }, extent, images: most))
        { result[place] = measure }
      }
    }
    return result
  }

  /// At most `rows` architectures.
  private func measure(
    _ architectures: [Architecture], _ extent: ArchitectureModel.Extent, images most: Int?
  ) -> [Measure] {
    let planned = planned(extent)
    let code = model.code(of: extent)
    let (codes, x) = (planned.plan.input("codes"), planned.plan.input("x"))
    // Rows that are left over keep what they had: nobody looks at them.
    for (row, architecture) in architectures.enumerated() {
      for (i, value) in code.code(of: architecture).enumerated() {
        codes[row * code.count + i] = value
      }
    }
    let part = model.images.validation
    let count = min(most ?? part.count, part.count)
    let (pixels, classes) = (model.frame.pixels, model.frame.classes)
    var measures = [Measure](repeating: Measure(), count: architectures.count)
    for first in stride(from: 0, to: count, by: Self.images) {
      let images = first..<min(first + Self.images, count)
      for (place, image) in images.enumerated() {
        for i in 0..<pixels { x[place * pixels + i] = part.pixels[image * pixels + i] }
      }
      planned.plan.run()
      let outputs = planned.plan.value(planned.program.outputs)
      for row in architectures.indices {
        for (place, image) in images.enumerated() {
          let begin = (row * Self.images + place) * classes
          measures[row].add(outputs[begin..<begin + classes], label: part.labels[image])
        }
      }
    }
    return measures
  }
}
