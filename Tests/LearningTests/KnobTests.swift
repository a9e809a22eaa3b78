import Learning
import Testing

struct KnobTests {
  let batch = Knob(
    "batch", title: "batch", help: "", .integer(1...64), standard: .integer(8), effect: .rebuild)
  let rate = Knob(
    "rate", title: "rate", help: "", .real(0...1, logarithmic: true), standard: .real(1e-3),
    effect: .live)
  let widths = Knob(
    "widths", title: "widths", help: "", .widths(layers: 1...2, width: 1...128),
    standard: .widths([64, 32]), effect: .rebuild)
  let rule = Knob(
    "rule", title: "rule", help: "", .choice(["adam", "sgd"]), standard: .choice("adam"),
    effect: .rebuild)

  @Test(arguments: ["batch", "rate", "widths", "rule"])
  func valuesReadBackAsTheyAreWritten(name: String) throws {
    let knob = try #require([batch, rate, widths, rule].first { $0.name == name })
    #expect(try knob.parse(knob.standard.description) == knob.standard)
  }

  @Test func wrongValuesAreRefusedInWords() {
    for (knob, text) in [
      (batch, "0"), (batch, "65"), (batch, "x"), (rate, "-1"), (rate, "nan"), (rate, "inf"),
      (widths, "64-"), (widths, "1-2-3"), (widths, "0"), (widths, ""), (rule, "Adam"),
    ] {
      let error = #expect(throws: KnobError.self) { try knob.parse(text) }
      #expect(error?.description.contains(knob.name) == true)
      #expect(error?.description.contains("'\(text)'") == true)
    }
  }

  @Test func nudgesWalkTheLadderAndStayInRange() {
    #expect(rate.nudged(.real(1e-3), by: 1) == .real(2e-3))
    #expect(rate.nudged(.real(1e-3), by: -1) == .real(5e-4))
    #expect(rate.nudged(.real(5e-3), by: 1) == .real(1e-2))
    #expect(rate.nudged(.real(1), by: 1) == .real(1))
    #expect(rate.nudged(.real(0), by: 1) == .real(1e-5))
    #expect(rate.nudged(.real(1e-5), by: -1) == .real(0))
    #expect(batch.nudged(.integer(60), by: 10) == .integer(64))
    #expect(rule.nudged(.choice("sgd"), by: 1) == .choice("adam"))
  }

  @Test func everyNudgeOfEveryExperimentStaysInTheDomain() {
    for experiment in Experiments.all {
      for knob in experiment.knobs {
        var value = knob.standard
        #expect(knob.contains(value), "\(experiment.name).\(knob.name)")
        for step in [1, 10, -1, -10, -10, -10, -10, 10, 10, 10, 10, 10] {
          value = knob.nudged(value, by: step)
          #expect(knob.contains(value), "\(experiment.name).\(knob.name) \(value)")
        }
      }
    }
  }

  @Test func unknownNamesListTheOnesThereAre() {
    var values = KnobValues([batch, rate])
    let error = #expect(throws: KnobError.self) { try values.set("btach", to: "3") }
    #expect(error?.description.contains("batch, rate") == true)
  }
}
