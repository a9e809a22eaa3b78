import Foundation
import Learning
import Testing
import Workbench

/// The README says what the program does.
struct DocumentTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  private let readme: String

  init() throws {
    readme = try String(
      contentsOf: Self.root.appendingPathComponent("README.md"), encoding: .utf8)
  }

  @Test func theKeysAreTheTableOfCommands() {
    // When the table changes, its new text belongs into the README.
    #expect(readme.contains(CommandTable.markdown), "the keys are now:\n\(CommandTable.markdown)")
  }

  @Test func theTourNamesEveryModule() throws {
    let sources = try FileManager.default.contentsOfDirectory(
      atPath: Self.root.appendingPathComponent("Sources").path)
    for module in sources { #expect(readme.contains("`\(module)`"), "\(module)") }
  }

  @Test func everyExperimentIsThere() {
    for experiment in Experiments.all { #expect(readme.contains("`\(experiment.name)`")) }
  }
}
