import Autodiff
import Foundation
import Learning

/// One architecture in training for real, with plans of its own. The same architecture, images, setting
/// and seed give the same numbers. Not for two threads at once.
package final class TrueTraining {
  package let architecture: Architecture
  private let images: ArchitectureImages
  private let setting: ArchitectureTraining
  private let seed: UInt64
  private let network: PlainArchitecture
  private let variables: Variables
  private let plan, answering: Plan
  private let outputs, loss: Tensor
  package private(set) var step = 0

  /// Images that are answered at a time.
  private static let portion = 100

  package init(
    _ architecture: Architecture, _ images: ArchitectureImages, _ setting: ArchitectureTraining,
    seed: UInt64
  ) {
    self.architecture = architecture
    self.images = images
    self.setting = setting
    self.seed = seed
    network = PlainArchitecture(
      architecture,
      in: ArchitectureFrame(architecture.kind, side: images.side, classes: images.classes))
    let program = setting.program(network)
    let answer = setting.answerProgram(network, images: Self.portion)
    variables = Variables(program.graph)
    for (index, parameter) in ArchitectureTraining.parameters(of: network).enumerated() {
      parameter.fill(variables.storage(parameter.name), seed: seed, index: index)
    }
    loss = program.loss
    outputs = answer.outputs
    plan = Plan(program.graph, outputs: [loss], variables: variables)
    answering = Plan(answer.graph, outputs: [outputs], updates: false, variables: variables)
  }

  package var isDone: Bool { step >= setting.steps }

  /// Trains so many steps, at most to the end; returns the last one's loss.
  @discardableResult
  package func advance(_ steps: Int) -> Float {
    let (x, y, rate) = (plan.input("x"), plan.input("y"), plan.input("rate"))
    for _ in 0..<min(steps, setting.steps - step) {
      images.fillBatch(
        key: RandomKey(seed: seed, stream: .batch, step: step), rows: setting.examples, x: x, y: y)
      rate[0] =
        setting.rate * 0.5 * (1 + cosf(.pi * Float(step) / Float(setting.steps)))
      plan.run()
      step += 1
    }
    return plan.value(loss)[0]
  }

  /// Trains to the end; how well test images are classified then, and those that choices are made by.
  static func whole(
    _ architecture: Architecture, _ images: ArchitectureImages, _ setting: ArchitectureTraining,
    seed: UInt64
  ) -> (test: ClassificationTally, validation: ClassificationTally) {
    let training = TrueTraining(architecture, images, setting, seed: seed)
    training.advance(setting.steps)
    return (training.measure(images.test), training.measure(images.validation))
  }

  /// How well a part's images are classified now.
  package func measure(_ part: ArchitectureImages.Part) -> ClassificationTally {
    let (pixels, classes) = (images.side * images.side, images.classes)
    let x = answering.input("x")
    var tally = ClassificationTally()
    for first in stride(from: 0, to: part.count, by: Self.portion) {
      let images = first..<min(first + Self.portion, part.count)
      // What is left over in the last portion keeps what it had: nobody looks at it.
      for (row, image) in images.enumerated() {
        for i in 0..<pixels { x[row * pixels + i] = part.pixels[image * pixels + i] }
      }
      answering.run()
      let values = answering.value(outputs)
      for (row, image) in images.enumerated() {
        tally.add(values[row * classes..<(row + 1) * classes], label: part.labels[image])
      }
    }
    return tally
  }
}
