import Foundation
import Learning

/// Continual learning where nobody says which task an image is of (van de Ven & Tolias 2019, “Three
/// scenarios for continual learning”): every task's network looks at it, and the one that is surest, by
/// the entropy of its classes, is believed (von Oswald et al. 2020, CL2 and CL3 by entropy).
extension Evaluator {
  /// `task_by_entropy_accuracy`: how often the task is found. `cl2_accuracy`: how often the class within
  /// its task is right, whatever task was found. `cl3_accuracy`: how often both are. Nothing where there
  /// are no classes.
  func unknownTaskMetrics() -> [(String, Float)] {
    guard case .crossEntropy = model.family.objective else { return [] }
    let (tasks, classes) = (model.family.trainingTaskCount, model.family.outputCount)
    let images = tasks * model.family.evaluationCount
    let embedding = variables[HypernetworkModel.embedding]
    let count = model.contextCount
    var surest = [Double](repeating: .infinity, count: images)
    var found = [Int](repeating: 0, count: images)
    var answer = [Int](repeating: 0, count: images)
    var right = [Int](repeating: 0, count: images)
    for task in 0..<tasks {
      let context = embedding[task * count..<(task + 1) * count]
      let (outputs, targets) = answers(contexts: (0..<tasks).flatMap { _ in context })
      for image in 0..<images {
        let range = image * classes..<(image + 1) * classes
        let probabilities = softmax(outputs[range])
        let entropy = probabilities.reduce(0.0) {
          $0 - ($1 > 0 ? Double($1) * log(Double($1)) : 0)
        }
        if task == 0 {
          right[image] = (0..<classes).first { targets[range.lowerBound + $0] == 1 } ?? 0
        }
        guard entropy < surest[image] else { continue }
        surest[image] = entropy
        found[image] = task
        answer[image] = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
      }
    }
    func share(_ isRight: (Int) -> Bool) -> Float {
      Float((0..<images).count(where: isRight)) / Float(max(images, 1))
    }
    let perTask = max(model.family.evaluationCount, 1)
    return [
      ("task_by_entropy_accuracy", share { found[$0] == $0 / perTask }),
      ("cl2_accuracy", share { answer[$0] == right[$0] }),
      ("cl3_accuracy", share { answer[$0] == right[$0] && found[$0] == $0 / perTask }),
    ]
  }
}
