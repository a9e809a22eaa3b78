import Learning
import Terminal
import Testing
import Training
import Workbench

/// What is left of tasks that were learned one after another, on the screen and on the way out of it.
struct ForgettingTests {
  private func run(_ tasks: Int = 3) -> SampleRun {
    var run = SampleRun()
    run.trainingTasks = tasks
    run.heldOutTasks = 0
    run.milestones = [
      Milestone(task: 0, step: 40, measures: [0.02, 3, 4] + Array(repeating: 5, count: tasks - 3)),
      Milestone(
        task: 1, step: 80, measures: [0.05, 0.01, 4] + Array(repeating: 5, count: tasks - 3)),
    ]
    run.drift = [0.5, 0.25]
    return run
  }

  private func model(_ run: SampleRun, _ size: Size = Size(120, 36)) -> Model {
    var model = run.model(size: size, focus: .weights)
    model.press("4", "V", "V", "V")
    return model
  }

  @Test func theMatrixHasARowForEachTasksEndAndOneForNow() throws {
    let lines = try model(run()).lines(in: .weights)
    let rows = lines.map { $0.split(separator: " ").map(String.init) }
    #expect(rows[0].prefix(2) == ["mean", "1.0e-1"])
    #expect(rows[1] == ["learned", "s1", "s2", "s3"])
    #expect(rows[2] == ["s1", "2.0e-2"])
    #expect(rows[3] == ["s2", "5.0e-2", "1.0e-2"])
    #expect(rows[4] == ["now", "1.0e-1", "1.0e-1", "1.0e-1"])
    #expect(rows[5] == ["drift", "0.50", "0.25"])
    #expect(lines[6].contains("-0.25  they pull apart"))
  }

  @Test func ofManyTasksTheNewestAreShown() throws {
    for size in [Size(120, 36), Size(80, 24), Size(60, 16)] {
      let lines = try model(run(30), size).lines(in: .weights)
      #expect(lines[1].contains("/30"), "\(size): \(lines[1])")
      #expect(lines[1].contains("s3"), "\(size): \(lines[1])")
    }
  }

  @Test func elsewhereThereIsNoSuchView() {
    var model = SampleRun().model(focus: .weights)
    model.press("V", "V", "V")
    #expect(model.weights.view == .map)
  }

  @Test func itLeavesAsATable() throws {
    let csv = try #require(Export.text(of: .weights, in: model(run()), as: .csv))
    let rows = csv.split(whereSeparator: \.isNewline)
    #expect(rows[0] == "learned,step,s1,s2,s3")
    #expect(rows.map { $0.prefix { $0 != "," } } == ["learned", "s1", "s2", "now", "drift"])
    #expect(rows[2].hasPrefix("s2,80,0.05,0.01,4"))
  }

  @Test func oneKeyLeadsBackToWhereTheTaskBegan() {
    func request(_ run: SampleRun, _ key: String = "T") -> Command? {
      var model = run.model(focus: .tasks)
      return model.press(key).commands.first
    }
    guard case .goBack(toEndOf: 1)? = request(run()) else {
      Issue.record("not back to the second task's end")
      return
    }
    var atEnd = run()
    atEnd.step = 80
    guard case .goBack(toEndOf: 0)? = request(atEnd) else {
      Issue.record("at a task's end the one before it is meant")
      return
    }
    var first = run()
    first.milestones = [first.milestones[0]]
    first.step = 40
    guard case .rewind? = request(first) else {
      Issue.record("the first task begins at step 0")
      return
    }
    #expect(request(SampleRun()) == nil)
  }
}
