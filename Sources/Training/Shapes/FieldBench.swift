import Autodiff
import Learning

/// Asks the network of one context about any places, some at a time.
final class FieldBench {
  private let model: HypernetworkModel
  private let plan: Plan
  private let output: Tensor
  private let context, x: UnsafeMutableBufferPointer<Float>

  /// Places side by side: few enough that what is between the layers stays in the cache.
  private static let rows = 2048

  /// - Parameter variables: the model's; they are read and never written.
  init(_ model: HypernetworkModel, variables: Variables, threads: Int = 1) {
    self.model = model
    let graph = Graph()
    let context = graph.input("context", [1, model.contextCount])
    let x = graph.input("x", [1, Self.rows, model.family.inputCount])
    output = model.outputs(of: x, contexts: context, theta: Theta(graph)).outputs
    plan = Plan(
      graph, outputs: [output], updates: false, variables: variables, threads: threads)
    self.context = plan.input("context")
    self.x = plan.input("x")
  }

  /// The field at the nodes of a grid.
  func field(of context: [Float], side: Int) -> ScalarField {
    let count = side * side * side
    var field = ScalarField(side: side, values: Array(repeating: 0, count: count))
    ask(context, Array(0..<count), &field)
    return field
  }

  /// The same on a finer grid, asking only where a coarser one does not say on which side of the surface a
  /// node lies; elsewhere the values are between those of the coarser.
  func refined(_ coarse: ScalarField, of context: [Float], side: Int) -> ScalarField {
    var field = ScalarField(
      side: side, values: Array(repeating: 0, count: side * side * side))
    let isMixed = coarse.mixedCells()
    var asked: [Int] = []
    for index in field.values.indices {
      let point = ScalarField.point(index, side: side)
      if isMixed[coarse.cell(of: point)] {
        asked.append(index)
      } else {
        field.values[index] = coarse.value(at: point)
      }
    }
    ask(context, asked, &field)
    return field
  }

  private func ask(_ z: [Float], _ nodes: [Int], _ field: inout ScalarField) {
    _ = context.update(fromContentsOf: z)
    for first in stride(from: 0, to: nodes.count, by: Self.rows) {
      let part = nodes[first..<min(first + Self.rows, nodes.count)]
      // What is left over in the last part keeps what it had: nobody looks at it.
      for (row, node) in part.enumerated() {
        let point = ScalarField.point(node, side: field.side)
        for axis in 0..<3 { x[3 * row + axis] = point[axis] }
      }
      plan.run()
      let values = plan.value(output)
      for (row, node) in part.enumerated() { field.values[node] = values[row] }
    }
  }
}

extension HypernetworkModel {
  /// The family, where its targets are bodies and each context has one network for all places.
  var bodies: (any BodyFamily)? {
    conditioning == .input || personal != nil ? nil : family as? any BodyFamily
  }
}

extension ContextAssessor {
  /// Nodes of the grid on which bodies are compared at a run's end, along an edge.
  private static var bodySide: Int { 64 }

  /// Of tasks that are bodies: how much of them is right on a fine grid, on average as `mean` and each by
  /// its name and an ending.
  /// - Parameter context: of a task.
  func bodyMetrics(
    _ mean: String, tasks: [Int], each ending: String, context: (Int) -> [Float]
  ) -> [(name: String, value: Float)] {
    guard let family = model.bodies, !tasks.isEmpty else { return [] }
    let bench = FieldBench(model, variables: variables)
    let (side, word) = (Self.bodySide, "_iou_\(Self.bodySide)")
    let overlaps = tasks.map { task in
      bench.field(of: context(task), side: side).overlap(family.truth(of: task, side: side))
    }
    return [(mean + word, overlaps.reduce(0, +) / Float(tasks.count))]
      + zip(tasks, overlaps).map { (family.tasks[$0].name + ending + word, $1) }
  }
}
