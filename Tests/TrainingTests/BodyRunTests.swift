import CAllocations
import Foundation
import Learning
import Testing
import Training

/// Bodies written by a hypernetwork: trained, measured on a fine grid, looked at, and taken up again.
struct BodyRunTests {
  private static let small = [
    "shapes": "solids", "tasks-per-step": "8", "examples": "128", "target-widths": "24-24",
    "octaves": "0", "hyper-widths": "16", "contexts": "4", "rate": "0.01",
  ]

  private func small(_ more: [String: String] = [:]) throws -> Run {
    try smallRun("shapes", Self.small.merging(more) { $1 })
  }

  @Test(arguments: ["occupancy", "distance"]) func itLearnsBodies(field: String) throws {
    let run = try small(["field": field])
    train(run, to: 300)
    let metrics = Dictionary(
      uniqueKeysWithValues: run.finalMetrics().map { ($0.name, $0.value) })
    func value(_ name: String) throws -> Float { try #require(metrics[name]) }
    let iou = try value("training_iou_64")
    #expect(iou > (field == "occupancy" ? 0.7 : 0.45))
    #expect(try value("shuffled_iou") < 0.7 * (try value("training_iou")))
    // The coarse grid of training and the fine one tell the same.
    #expect(abs(try value("training_iou") - (try value("training_iou_64"))) < 0.03)
    let each = try run.description.tasks.prefix(8).map { try value("\($0.name)_iou_64") }
    #expect(abs(each.reduce(0, +) / 8 - (try value("training_iou_64"))) < 1e-5)
    for name in ["sphere", "torus"] {
      for way in ["fitted", "interpolated"] {
        #expect((0...1).contains(try value("\(name)_\(way)_iou_64")))
      }
    }
  }

  /// A code read from points of a surface: new bodies get theirs without a step.
  @Test func codesAreReadFromPoints() throws {
    let run = try small(["conditioning": "support-set", "poses": "1", "points": "50"])
    train(run, to: 20)
    let heldOut = run.description.tasks.indices.filter {
      run.description.tasks[$0].role == .heldOut
    }
    #expect(heldOut.count == 8)
    #expect(try #require(run.fit(task: heldOut[0])).isFinite)
    #expect(run.statusesWithContexts()[heldOut[0]].context?.count == 4)
    let names = run.finalMetrics().map(\.name)
    #expect(names.contains("box-new_fitted_iou_64") && names.contains("box-1_iou_64"))
    #expect(!names.contains("held_out_interpolated_iou_64"))
  }

  @Test(arguments: ["embedding", "support-set"])
  func aStepAllocatesNothing(conditioning: String) throws {
    let run = try small([
      "conditioning": conditioning, "poses": conditioning == "embedding" ? "0" : "1",
    ])
    for _ in 0..<5 { run.advance() }
    let before = weft_allocations_of_thread()
    for _ in 0..<3 { run.advance() }
    #expect(weft_allocations_of_thread() - before <= 1)
  }

  /// The body on the screen is that of the generated weights, in plain arithmetic; in detail it is asked
  /// near the surface only, and its signs are those of asking everywhere.
  @Test func theProbeShowsTheGeneratedBody() throws {
    let run = try small()
    train(run, to: 60)
    let snapshot = try #require(
      SteppedTrainer(run, saving: Saving(path: nil, autosavePath: nil)).latest)
    let context = try #require(snapshot.tasks[2].context)
    func body(detailed: Bool) throws -> (ProbeResult, Behaviour.Body) {
      let prober = Prober {}
      prober.ask(
        .init(context: context, reference: 2, snapshot: snapshot, isDetailed: detailed))
      prober.finish()
      let result = try #require(prober.latest)
      guard case .body(let body) = result.behaviour else { throw CocoaError(.featureUnsupported) }
      return (result, body)
    }
    let (result, coarse) = try body(detailed: false)
    let (_, fine) = try body(detailed: true)
    #expect(coarse.field.side == 32 && fine.field.side == 64)
    #expect(coarse.truth?.side == 32 && fine.truth?.side == 64)
    #expect(coarse.overlap == coarse.truth.map { coarse.field.overlap($0) })

    func network(_ point: Vector) -> Double {
      var h = (0..<3).map { Double(point[$0]) }
      for layer in 0..<3 {
        let (w, b) = (result.weights[2 * layer].values, result.weights[2 * layer + 1].values)
        h = b.indices.map { unit in
          let sum = h.indices.reduce(Double(b[unit])) {
            $0 + h[$1] * Double(w[$1 * b.count + unit])
          }
          return layer < 2 ? max(sum, 0) : sum
        }
      }
      return h[0]
    }
    for index in stride(from: 0, to: coarse.field.values.count, by: 97) {
      let expected = network(ScalarField.point(index, side: 32))
      #expect(abs(Double(coarse.field.values[index]) - expected) < 1e-3)
    }
    var wrong = 0
    for index in stride(from: 0, to: fine.field.values.count, by: 13) {
      let expected = network(ScalarField.point(index, side: 64))
      if (fine.field.values[index] < 0) != (expected < 0), abs(expected) > 1e-4 { wrong += 1 }
    }
    #expect(wrong == 0)
  }
}
