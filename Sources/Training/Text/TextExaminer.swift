import Autodiff
import Learning

/// Whether the contexts that a HyperLSTM makes of what it reads matter.
///
/// Losses are those of reading with its own contexts, with those of another sequence and with the mean
/// of all of them held; weights are compared between the mean contexts of the characters that are
/// shown, and the gates' weights are as large as their scales make them.
final class TextExaminer: ModelExaminer {
  /// Characters that are read each time.
  private static let most = 9_600

  private let model: CharacterModel
  private let variables: Variables
  private let own, shuffled, held: TextReader
  private let weights: GateWeights

  init(_ model: CharacterModel) {
    self.model = model
    let variables = Variables(model.hyper.parameters.map { ($0.name, $0.shape) })
    self.variables = variables
    func reader(_ contexts: ContextSourceOfText) -> TextReader {
      TextReader(
        TextReaderDraft(model, model.hyper, contexts: contexts, most: Self.most),
        corpus: model.corpus, variables: variables)
    }
    (own, shuffled, held) = (reader(.own), reader(.shuffled), reader(.held))
    weights = GateWeights(model, variables: variables)
  }

  func examine(_ question: ContextQuestion) -> (conditioning: Conditioning, autopsy: Autopsy)? {
    let snapshot = question.snapshot
    let contexts = snapshot.tasks.compactMap(\.context)
    guard question.context.count == model.hyperCell.contextCount, contexts.count > 1,
      variables.load(snapshot.parameters)
    else { return nil }
    var found = conditioning(of: contexts, snapshot.step)
    let patience = snapshot.description.standardSteps / Conditioning.lossPatience
    if !found.matters, snapshot.step >= patience {
      found.cause = found.change > 0 ? .unusedWeights : .sameContexts(spread: nil)
    }
    return (found, autopsy(question))
  }

  private func conditioning(of contexts: [[Float]], _ step: Int) -> Conditioning {
    let count = model.hyperCell.contextCount
    var sum = [Double](repeating: 0, count: count)
    var read = 0
    let loss = own.read(.validation) { window in
      guard let all = window.contexts else { return }
      for (place, number) in all.enumerated() { sum[place % count] += Double(number) }
      read += all.count / count
    }
    let mean = sum.map { Float($0 / Double(max(read, 1))) }
    let losses = Conditioning.Losses(
      own: Double(loss), shuffled: Double(shuffled.read(.validation)),
      mean: Double(held.read(.validation, context: mean)))

    let variations = variations(of: contexts)
    let variation = variations.reduce(WeightVariation(), +)
    let all = contexts.joined()
    let spread = all.enumerated().map { $1 - mean[$0 % count] }
    return Conditioning(
      step: step, taskCount: contexts.count, losses: losses, varianceShare: variation.share,
      change: variation.change, singularValues: singularValues(),
      tensors: zip(model.tensors, variations).map {
        .init(name: $0.name, varianceShare: $1.share, change: $1.change)
      },
      contextSize: Autopsy.meanSquare(all).squareRoot(),
      contextSpread: Autopsy.meanSquare(spread).squareRoot())
  }

  private func variations(of contexts: [[Float]]) -> [WeightVariation] {
    var rows = model.tensors.map { _ in [Float]() }
    for context in contexts {
      for (index, values) in weights(context).enumerated() { rows[index] += values }
    }
    return rows.map { values in
      values.withUnsafeBufferPointer {
        WeightVariation($0, rows: contexts.count, tasks: contexts.count)
      }
    }
  }

  /// Of ∂W/∂z, which is the same everywhere: the numbers of one vector of z scale the columns of one
  /// gate's weights, and no others do. So JᵀJ has a block for each vector, the products of its rows of
  /// D weighed with the columns' squared lengths.
  private func singularValues() -> [Double] {
    let (hidden, scales) = (model.hyperCell.hidden, model.hyperCell.scaleCount)
    let prefix = model.hyperCell.prefix
    let d = variables.storage(prefix + "d")
    let scaled = ["wh", "wx"].map { variables.storage(prefix + $0) }
    let (gates, width) = (Gates.count, Gates.count * hidden)
    return (0..<HyperLSTMCell.vectors).flatMap { vector -> [Double] in
      // What is added has no matrix to scale.
      var lengths = [Double](repeating: 1, count: hidden)
      if vector / gates < scaled.count {
        let matrix = scaled[vector / gates]
        for unit in 0..<hidden {
          let column = vector % gates * hidden + unit
          lengths[unit] = stride(from: column, to: matrix.count, by: width)
            .reduce(0.0) { $0 + Double(matrix[$1]) * Double(matrix[$1]) }
        }
      }
      let first = vector * scales * hidden
      var gram = [Double](repeating: 0, count: scales * scales)
      for i in 0..<scales {
        for j in 0..<scales {
          gram[i * scales + j] = (0..<hidden).reduce(0.0) {
            $0 + Double(d[first + i * hidden + $1]) * Double(d[first + j * hidden + $1])
              * lengths[$1]
          }
        }
      }
      return Training.singularValues(gram: gram, scales)
    }.sorted(by: >)
  }

  /// The weights at a context. What they should be is told only where gates are not normalised.
  private func autopsy(_ question: ContextQuestion) -> Autopsy {
    Autopsy(
      step: question.snapshot.step, context: question.context, input: 1,
      tensors: zip(model.tensors, weights(question.context)).map { specification, values in
        Autopsy.Tensor(
          name: specification.name, variance: Autopsy.meanSquare(values),
          wanted: specification.role == .weight && !model.hyperCell.isNormalized
            ? 1 / Double(specification.fanIn) : nil)
      }, layers: [])
  }
}
