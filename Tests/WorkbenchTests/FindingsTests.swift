import Foundation
import Learning
import Terminal
import Testing
import Training
import Workbench

/// The views of the weights pane that say whether z matters, and whether sizes are right.
struct FindingsTests {
  private func examination(
    _ model: Model, cause: Conditioning.Cause? = nil, step: Int = 12_480
  ) -> Examination {
    let tensors = model.snapshot.description.tensors
    return Examination(
      conditioning: Conditioning(
        step: step, taskCount: 36,
        losses: .init(
          own: cause == nil ? 0.00321 : 4.33, shuffled: 4.33, mean: cause == nil ? 1.5 : 4.33),
        varianceShare: cause == nil ? 0.445 : 0, change: cause == nil ? 0.671 : 0,
        singularValues: cause == nil ? [15.3, 6.2, 1.1, 0.05] : [0, 0, 0, 0],
        tensors: tensors.enumerated().map {
          .init(name: $1.name, varianceShare: 0.4 + 0.02 * Double($0), change: 0.7)
        }, contextSize: 0.5, contextSpread: 0.4, cause: cause),
      autopsy: Autopsy(
        step: step, context: model.context, input: 8.42,
        tensors: tensors.map {
          .init(
            name: $0.name, variance: $0.role == .weight ? 0.02 : 0.05,
            wanted: $0.role == .weight ? 1 / Double($0.fanIn) : nil)
        },
        layers: [
          .init(name: "h1", sum: 0.29, output: 0.16, dead: 0),
          .init(name: "h2", sum: 0.004, output: 0.004, dead: 0.75),
          .init(name: "y", sum: 12.5, output: 12.5, dead: nil),
        ]), seconds: 0.001)
  }

  private func model(
    _ size: Size = Size(120, 36), _ capabilities: Capabilities = .everything,
    cause: Conditioning.Cause? = nil, views: Int = 1
  ) -> Model {
    var model = ModelFixture.sineFamily(size, capabilities)
    model.press("4")
    for _ in 0..<views { model.press("V") }
    _ = model.update(.examination(examination(model, cause: cause)), now: 1)
    return model
  }

  private func expect(
    _ model: Model, _ picture: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let lines = try model.lines(in: .weights)
    let wanted = picture.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if Array(lines.prefix(wanted.count)) != wanted {
      Issue.record("\(lines.joined(separator: "\n"))", sourceLocation: sourceLocation)
    }
  }

  // MARK: Pictures

  @Test func conditioningAtFullSize() throws {
    try expect(
      model(),
      #"""
       ✓ z is used: it takes 99.9% off the loss
       loss, own z       3.21e-3 ░░░░░░░░░░░░░░░░
       loss, shuffled z     4.33 ████████████████
       loss, mean z         1.50 ██████░░░░░░░░░░
       Var W from z        44.5% ███████░░░░░░░░░
       ‖ΔW‖ / ‖W₀‖         0.671
       σ(∂W/∂z)             15.3 █▄▂▁ 3 of 4
       tensor      Var from z  ‖ΔW‖/‖W₀‖
       W1               40.0%      0.700
       b1               42.0%      0.700
       W2               44.0%      0.700
       b2               46.0%      0.700         ▼
      """#)
  }

  @Test func conditioningInASmallTerminalWithoutColourOrUnicode() throws {
    try expect(
      model(Size(80, 24), Capabilities(colors: .mono, unicode: false)),
      #"""
       = z is used: it takes 99.9% off the
         loss
       loss, own z       3.21e-3 ----------
       loss, shuffled z     4.33 ##########
       loss, mean z         1.50 ###-------
       Var W from z        44.5% ####------
       |DW| / |W0|         0.671
       s(dW/dz)             15.3 3 of 4
       tensor      Var from z  |DW|/|W0|
       W1               40.0%      0.700
       b1               42.0%      0.700
       W2               44.0%      0.700   v
      """#)
  }

  @Test func aFlatOneSaysWhyAndWhatToDo() throws {
    try expect(
      model(cause: .sameContexts(spread: 0)),
      #"""
       ! z is ignored: every task has the same z
         (spread 0); set spread 0.1
       loss, own z          4.33 ████████████████
       loss, shuffled z     4.33 ████████████████
       loss, mean z         4.33 ████████████████
       Var W from z         0.0% ░░░░░░░░░░░░░░░░
       ‖ΔW‖ / ‖W₀‖             0
       σ(∂W/∂z)                0 ▁▁▁▁ 0 of 4
       tensor      Var from z  ‖ΔW‖/‖W₀‖
      """#)
  }

  @Test func autopsyAtFullSize() throws {
    try expect(
      model(views: 2),
      #"""
       ! h2 too small
       tensor variance  wanted  ratio
       W1        0.020     1.0  0.020 ! too small
       b1        0.050       -      -
       W2        0.020   0.025   0.80 ✓ fine
       b2        0.050       -      -
       W3        0.020   0.025   0.80 ✓ fine
       b3        0.050       -      -
       layer    before   after   dead
       x                   8.4
       h1         0.29    0.16     0% ✓ fine
       h2       4.0e-3  4.0e-3    75% ! too small▼
      """#)
  }

  @Test func autopsyInASmallTerminal() throws {
    try expect(
      model(Size(80, 24), views: 2),
      #"""
       ! h2 too small
       W       var wanted  ratio
       W1    0.020    1.0  0.020 too small
       b1    0.050      -      -
       W2    0.020  0.025   0.80 fine
       b2    0.050      -      -
       W3    0.020  0.025   0.80 fine
       b3    0.050      -      -
       h    before  after   dead
       x              8.4
       h1     0.29   0.16     0% fine
       h2   4.0e-3 4.0e-3    75% too small ▼
      """#)
  }

  @Test func zoomedItHasRoomForAll() throws {
    var model = model()
    model.press("z")
    try expect(
      model,
      #"""
       ✓ z is used: it takes 99.9% off the loss
       loss, own z       3.21e-3 ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░
       loss, shuffled z     4.33 ████████████████████████████████████████████████████████████
       loss, mean z         1.50 █████████████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░
       Var W from z        44.5% ███████████████████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░
       ‖ΔW‖ / ‖W₀‖         0.671
       σ(∂W/∂z)             15.3 █▄▂▁ 3 of 4 above 1% of the largest
       tensor      Var from z  ‖ΔW‖/‖W₀‖
       W1               40.0%      0.700
       b1               42.0%      0.700
       W2               44.0%      0.700
       b2               46.0%      0.700
       W3               48.0%      0.700
       b3               50.0%      0.700
       of step 12,480, over 36 tasks
      """#)
  }

  // MARK: Keys

  @Test func aKeyGoesThroughTheViewsAndBack() {
    var model = ModelFixture.sineFamily()
    model.press("4")
    #expect(model.weights.view == .map)
    for view in [WeightsView.View.conditioning, .autopsy, .map] {
      model.press("V")
      #expect(model.weights.view == view)
    }
    model.press("V")
    #expect(model.showsFindings)
    model.press("ESC")
    #expect(model.weights.view == .map)
    #expect(!model.showsFindings)
  }

  @Test func theLastLineIsAsFarAsItScrolls() throws {
    var model = model()
    model.press("G")
    let end = try model.lines(in: .weights)
    #expect(end.last?.contains("of step 12,480, over 36 tasks") == true)
    model.press("j")
    #expect(try model.lines(in: .weights) == end)
    model.press("HOME")
    #expect(model.weights.line == 0)
    // The cell under the map's cursor stays where it was.
    #expect(model.weights.row == 6)
    // There is no cell to edit here.
    model.press("ENTER")
    #expect(model.overlay == nil && model.isZoomed)
  }

  @Test func beforeTheFirstAnswerItSaysSo() throws {
    var model = ModelFixture.fresh()
    model.press("4")
    model.press("V")
    #expect(try model.lines(in: .weights).first == " measuring")
    #expect(Export.text(of: .weights, in: model, as: .csv) == nil)
  }

  @Test func whatIsOfOtherNetworksIsNotShown() {
    var model = model()
    var run = SampleRun()
    run.revision = 99
    _ = model.update(.snapshot(run.snapshot), now: 2)
    #expect(model.examination == nil)
    _ = model.update(.examination(examination(self.model())), now: 3)
    #expect(model.examination == nil)
  }

  // MARK: The alarm

  @Test func theAlarmStandsInTheNoticeLineWhateverIsShown() {
    var model = model(Size(80, 24), cause: .sameContexts(spread: 0), views: 0)
    func line() -> String {
      let buffer = CellBuffer(model.size)
      Screen.render(model, on: buffer.canvas)
      return buffer.text.split(separator: "\n", omittingEmptySubsequences: false)
        .map(String.init)[22]
    }
    let alarm = " ! z is ignored: every task has the same z (spread 0); set spread 0.1"
    #expect(line().hasPrefix(alarm))
    _ = model.update(.examination(examination(model)), now: 2)
    #expect(!line().contains("ignored"))
    // Not in the first steps.
    _ = model.update(
      .examination(examination(model, cause: .silentHead, step: 5)), now: 3)
    #expect(model.alarm == nil && !line().contains("ignored"))
  }

  @Test(arguments: [
    Conditioning.Cause.oneTask, .explosion(ratio: 1234), .explosion(ratio: .nan),
    .pulledToZero(pull: 1), .sameContexts(spread: nil), .sameContexts(spread: 0), .silentHead,
    .deafTrunk, .drowned(noise: 0.5, spread: 0.051_23), .deadUnits(share: 0.95), .unusedWeights,
  ])
  func everyAlarmIsASentenceThatFits(cause: Conditioning.Cause) {
    #expect(cause.sentence.count <= 110, "\(cause.sentence)")
    #expect(!cause.sentence.hasSuffix("."))
  }

  // MARK: Files

  @Test func conditioningIsExported() throws {
    let model = model(cause: .silentHead)
    let csv = try #require(Export.text(of: .weights, in: model, as: .csv))
    #expect(csv.hasPrefix("what,of,value\r\nstep,,12480.0\r\ntasks,,36.0\r\nloss,own context,4.33"))
    #expect(csv.contains("\r\nvariance share,W2,0.44\r\n"))
    #expect(csv.contains("\r\nsingular value,4,0.0\r\n"))
    #expect(csv.contains("\r\nalarm,\"z is ignored: a head's weights are 0, so no gradient"))
    let json = try #require(Export.text(of: .weights, in: model, as: .json))
    let value = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    let rows = try #require(value?["rows"] as? [[String: Any]])
    #expect(rows.contains { $0["what"] as? String == "context gain" })
    let svg = try #require(Export.text(of: .weights, in: model, as: .svg))
    #expect(svg.contains("singular value"))
  }

  @Test func theAutopsyIsExported() throws {
    let csv = try #require(Export.text(of: .weights, in: model(views: 2), as: .csv))
    #expect(csv.contains("\r\nW2,tensor,0.02,0.025,0.8,,,fine\r\n"))
    #expect(csv.contains("\r\nh2,layer,0.004,,,0.004,0.75,too small\r\n"))
    #expect(csv.contains("\r\ny,layer,12.5,,,12.5,,\r\n"))
  }

  /// It is asked for as soon as it is looked at, and says what a trained run deserves.
  @Test func inAScriptItIsMeasured() throws {
    let run = try Run(try #require(Experiments.named("sine-family")), seed: 1)
    let script = try Script("4\nV\n:json -\n:run.toggle\n:wait step>=400\n:json -", name: "test")
    var states: [[String: Any]] = []
    _ = try script.play(run: run) { text in
      if let state = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] {
        states.append(state)
      }
    }
    let found = states.map { $0["conditioning"] as? [String: Any] ?? [:] }
    #expect(found.map { $0["step"] as? Int ?? -1 }.first == 0)
    #expect((found.last?["step"] as? Int ?? 0) > 100)
    #expect((found.last?["context_gain"] as? Double ?? 0) > 0.5)
    #expect(found.allSatisfy { $0["alarm"] is NSNull })
  }
}
