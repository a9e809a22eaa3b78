import Autodiff

/// Graphs by which new tasks are met, `rows` of them at once: where each begins, a step of gradient
/// descent on its examples, and what it then does with others. They share variables: the method's, and
/// `variables`.
public struct MethodAdaptation {
  /// What the tasks change, [rows] + shape each.
  public let variables: [VariableSpecification]
  /// Those that are drawn, with numbers of their own for each task.
  public let drawn: [VariableSpecification]
  /// Sets the variables to where tasks begin; may read inputs x and y.
  public let begin: Graph
  /// Inputs x, y and rate; `stepLosses` [rows] are those before the step.
  public let step: Graph
  public let stepLosses: Tensor
  /// Inputs x and y: `losses` [rows] and `outputs` [rows, queries, n].
  public let query: Graph
  public let losses: Tensor
  public let outputs: Tensor
}

extension Method {
  public func adaptation(rows: Int, shots: Int, queries: Int) -> MethodAdaptation {
    let variables = adapted.map {
      VariableSpecification(
        Self.adaptedName($0.specification.name),
        Shape([rows] + $0.specification.shape.dimensions), $0.specification.start)
    }
    func numbers(in graph: Graph) -> [String: Tensor] {
      Dictionary(
        uniqueKeysWithValues: zip(adapted, variables).map {
          ($0.specification.name, graph.variable($1.name, $1.shape))
        })
    }
    let drawn = zip(adapted, variables).compactMap { own, variable in
      if case .drawn = own.start { variable } else { nil as VariableSpecification? }
    }

    let begin = Graph()
    let (beginX, beginY) = examples(shots, rows: rows, in: begin)
    let starts = starts(rows: rows, x: beginX, y: beginY, in: begin)
    let drawnNames = Set(drawn.map(\.name))
    for (own, variable) in zip(adapted, variables) where !drawnNames.contains(variable.name) {
      guard let start = starts[own.specification.name] else { continue }
      begin.update(Assign(begin.variable(variable.name, variable.shape), start))
    }

    let step = Graph()
    let (stepX, stepY) = examples(shots, rows: rows, in: step)
    let rate = step.input("rate", [])
    let own = numbers(in: step)
    let stepLosses = family.objective.perTask(adaptedForward(own, Theta(step), stepX), stepY)
    let tensors = variables.map { step.variable($0.name, $0.shape) }
    for (tensor, gradient) in zip(tensors, stepLosses.sum().gradient(of: tensors)) {
      step.update(SGD(parameter: tensor, gradient: gradient, rate: rate))
    }

    let query = Graph()
    let (queryX, queryY) = examples(queries, rows: rows, in: query)
    let outputs = adaptedForward(numbers(in: query), Theta(query), queryX)
    return MethodAdaptation(
      variables: variables, drawn: drawn, begin: begin, step: step, stepLosses: stepLosses,
      query: query, losses: family.objective.perTask(outputs, queryY), outputs: outputs)
  }

  /// What the training tasks' networks do as training left them: inputs x and y of all training tasks.
  /// Nil where a method keeps nothing for them and has no network of its own.
  public func keptProgram(queries: Int) -> EvaluationProgram? {
    switch stages.first?.objective {
    case .joint, .returned: break
    case .adapted, .reptile, nil: return nil
    }
    let graph = Graph()
    let tasks = family.trainingTaskCount
    let (x, y) = examples(queries, rows: tasks, in: graph)
    let outputs = forward(ownOfTasks(rows: tasks, in: graph), Theta(graph), x)
    return EvaluationProgram(
      graph: graph, losses: family.objective.perTask(outputs, y), outputs: outputs)
  }

  /// Steps of adaptation that training tasks are measured after where nothing is kept for them: as many
  /// as the method trains through.
  public var trainedSteps: Int {
    switch stages.first?.objective {
    case .joint, .returned, nil: 0
    case .adapted(let steps, _), .reptile(let steps): steps
    }
  }
}
