import Foundation
import Learning
import Terminal
import Training

/// A session's summary in words and in JSON.
enum SessionText {
  /// Name, experiment, step, losses; or what is wrong with it.
  static func row(_ session: SessionSummary) -> [String] {
    let name = opening(session.path)
    if let problem = session.problem { return [name, problem] }
    if let race = session.race {
      return [
        name, session.experiment, "comparison", race.methodWords,
        race.seeds == 1 ? "seed \(session.seed)" : "\(race.seeds) seeds from \(session.seed)",
        race.isDone ? "done" : "\(Int(100 * race.progress)) % raced",
      ]
    }
    let number = { (value: Float?) in value.map { Numbers.scientific(Double($0), 3) } ?? "–" }
    return [
      name, session.experiment, "step \(session.step)", "seed \(session.seed)",
      "train \(number(session.trainingLoss))", "validation \(number(session.validationLoss))",
    ]
  }

  /// The file's name without `.json`: what opens it.
  static func name(_ path: String) -> String {
    let file = path.split(separator: "/").last.map(String.init) ?? path
    return file.hasSuffix(".json") ? String(file.dropLast(5)) : file
  }

  /// What opens it: its name, or its path where the name is an experiment's.
  private static func opening(_ path: String) -> String {
    let name = name(path)
    guard Experiments.named(name) != nil else { return name }
    let here = FileManager.default.currentDirectoryPath + "/"
    return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
  }

  static func json(_ session: SessionSummary) -> JSON {
    .object([
      ("name", .string(name(session.path))), ("path", .string(session.path)),
      ("experiment", .string(session.experiment)), ("step", .integer(session.step)),
      ("seed", .natural(session.seed)), ("train_loss", JSON(session.trainingLoss)),
      ("validation_loss", JSON(session.validationLoss)), ("bytes", .integer(session.size)),
      ("modified", .double(session.modified)), ("problem", JSON(session.problem)),
      (
        "comparison",
        session.race.map {
          .object([
            ("methods", .integer($0.methods)), ("seeds", .integer($0.seeds)),
            ("progress", .double($0.progress)), ("done", .boolean($0.isDone)),
          ])
        } ?? .null
      ),
    ])
  }
}
