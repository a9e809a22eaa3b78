import Foundation
import Learning
import Testing
import Training

/// A folder that is gone after the test.
final class Scratch {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "weft-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  func write(_ text: String, to name: String) throws -> String {
    try Data(text.utf8).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }

  var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }
}

/// A run of an experiment with small networks, so that tests are quick.
func smallRun(
  _ name: String = "sine-family", seed: UInt64 = 1, threads: Int = 1,
  _ settings: [String: String] = [:]
) throws -> Run {
  let experiment = try #require(Experiments.named(name))
  var knobs = KnobValues(experiment.knobs)
  if name == "sine-family" { try knobs.set("contexts", to: "6") }
  if name != "three-polynomials" {
    for (knob, value) in [("hyper-widths", "12-6"), ("target-widths", "8"), ("examples", "4")]
    where knobs[knob] != nil { try knobs.set(knob, to: value) }
  }
  for (knob, value) in settings.sorted(by: { $0.key < $1.key }) { try knobs.set(knob, to: value) }
  return try Run(experiment, knobs: knobs, seed: seed, threads: threads)
}

/// Some steps of a run as a headless run makes them.
func train(_ run: Run, to step: Int) {
  while run.step < step {
    run.advance()
    if run.isEvaluationDue { run.evaluate() }
  }
}
