import Autodiff
import Foundation
import Learning
import LearningTesting
import Testing

/// The rivals of the output regulariser, beside plain arithmetic.
struct ContinualMemoryTests {
  private func run(_ method: String, _ settings: [String: String] = [:]) throws -> SchemeRun {
    let experiment = try #require(Experiments.named("split-digits"))
    var knobs = KnobValues(experiment.knobs)
    let all = [
      "method": method, "target-widths": "3", "target-activation": "tanh", "steps-per-task": "6",
      "examples": "5", "ewc": "2", "si": "3", "rate": "0.02",
    ]
    for (knob, value) in all.merging(settings, uniquingKeysWith: { $1 }) {
      try knobs.set(knob, to: value)
    }
    return SchemeRun(
      try #require(try experiment.model(knobs) as? HypernetworkModel), knobs: knobs)
  }

  /// The Fisher information by differences: the mean over images of Σ_c p_c (∂ log p_c / ∂w)².
  @Test func elasticHoldsByTheFisherInformation() throws {
    let run = try run("ewc")
    for step in 0..<6 { run.step(step) }
    let weight = run.numbers("base.W1")
    run.change(at: 6)
    let sum = run.numbers("ewc.sum.W1")
    let anchor = run.numbers("ewc.anchor.W1")
    // A parabola around where the weight stood.
    for i in sum.indices {
      #expect(abs(anchor[i] - sum[i] * weight[i]) < 1e-5 * (1 + abs(anchor[i])))
    }
    #expect(run.numbers("ewc.fisher.W1").allSatisfy { $0 == 0 })

    let family = run.model.family
    let images = 200
    var x: [Float] = []
    for batch in 0..<images / 20 {
      var (inputs, labels) = (
        [Float](repeating: 0, count: 20 * 64), [Float](repeating: 0, count: 40)
      )
      inputs.withUnsafeMutableBufferPointer { inputs in
        labels.withUnsafeMutableBufferPointer { labels in
          [0].withUnsafeBufferPointer {
            family.fillBatch(
              tasks: $0, examples: 20,
              key: RandomKey(seed: UInt64(batch), stream: .support, step: 0), x: inputs, y: labels)
          }
        }
      }
      x += inputs
    }
    let (b1, b2) = (run.numbers("base.b1"), Array(run.numbers("own.b2").prefix(2)))
    let w2 = Array(run.numbers("own.W2").prefix(6))
    func logits(_ image: Int, _ w1: [Double]) -> [Double] {
      let pixels = x[image * 64..<(image + 1) * 64].map(Double.init)
      return Plain.mlp(pixels, [w1, b1, w2, b2])
    }
    func log(_ logits: [Double], _ c: Int) -> Double {
      let top = max(logits[0], logits[1])
      let exponentials = logits.map { exp($0 - top) }
      return logits[c] - top - Foundation.log(exponentials[0] + exponentials[1])
    }
    for index in [0, 62, 100, 121, 180] {
      var (up, down) = (weight, weight)
      up[index] += 1e-4
      down[index] -= 1e-4
      var expected = 0.0
      for image in 0..<images {
        let (high, low, here) = (logits(image, up), logits(image, down), logits(image, weight))
        for c in 0..<2 {
          let slope = (log(high, c) - log(low, c)) / 2e-4
          expected += exp(log(here, c)) * slope * slope / Double(images)
        }
      }
      #expect(
        abs(sum[index] - expected) < 1e-4 + 0.01 * expected, "\(index): \(sum[index]) \(expected)")
    }
    #expect(sum.contains { $0 > 1e-3 })
  }

  /// What moved along the gradient counts, and the pull is 2 c Ω (w − w*).
  @Test func pathsAreWhatTheStepsDidForTheLoss() throws {
    let run = try run("si")
    let start = run.numbers("base.W1")
    run.step(0)
    // The first step of Adam moves every number by the rate, against its gradient.
    let path = run.numbers("si.path.W1")
    let after = run.numbers("base.W1")
    let gradient = run.numbers("optimizer.first-moment/base.W1").map { $0 / 0.1 }
    for i in path.indices {
      // Clipping is off as long as gradients are small.
      #expect(abs(path[i] + gradient[i] * (after[i] - start[i])) < 2e-5, "\(i)")
    }
    for step in 1..<6 { run.step(step) }
    let (last, whole) = (run.numbers("base.W1"), run.numbers("si.path.W1"))
    run.change(at: 6)
    let importance = run.numbers("si.importance.W1")
    for i in importance.indices {
      let moved = last[i] - start[i]
      let expected = max(whole[i], 0) / (moved * moved + 0.1)
      #expect(abs(importance[i] - expected) < 1e-5 * (1 + expected))
    }
    #expect(run.numbers("si.anchor.W1") == last)
    #expect(run.numbers("si.path.W1").allSatisfy { $0 == 0 })
    #expect(importance.contains { $0 > 0 })
  }

  /// Only the first task changes what all share; scales and shifts begin at 1 and 0.
  @Test func filmLeavesTheFirstTasksNetworkAlone() throws {
    let run = try run("film")
    for step in 0..<6 { run.step(step) }
    let shared = run.variables["base.W1"]
    let first = run.variables["own.b1.scale"].prefix(3)
    for step in 6..<18 { run.step(step) }
    #expect(run.variables["base.W1"] == shared)
    #expect(run.variables["own.b1.scale"].prefix(3) == first)
    #expect(run.variables["own.b1.scale"][3..<9].allSatisfy { $0 != 0 })
    #expect(run.variables["own.b1.scale"][9..<15].allSatisfy { $0 == 0 })
  }

  @Test(arguments: ["fine-tuning", "ewc", "si"])
  func lastLayersAreEachTasksOwn(_ method: String) throws {
    let run = try run(method)
    for step in 0..<6 { run.step(step) }
    let first = run.variables["own.W2"].prefix(6)
    let shared = run.variables["base.W1"]
    for step in 6..<12 { run.step(step) }
    #expect(run.variables["own.W2"].prefix(6) == first)
    #expect(run.variables["base.W1"] != shared)
  }
}
