import Autodiff
import Foundation

/// One network that reads characters and predicts the next: an embedding, a recurrent cell, a softmax.
public struct CharacterNetwork: Sendable {
  /// What its curves are called.
  public let name: String
  public let cell: any RecurrentCell
  let vocabulary: Int

  /// Before the names of its tensors.
  var prefix: String { name + "." }

  init(name: String, cell: any RecurrentCell, vocabulary: Int) {
    self.name = name
    self.cell = cell
    self.vocabulary = vocabulary
  }

  public var parameters: [VariableSpecification] {
    [
      VariableSpecification(
        prefix + "embedding", [vocabulary, cell.inputCount], .normal(deviation: 1))
    ] + cell.variables + [
      VariableSpecification(
        prefix + "out.weight", [cell.hidden, vocabulary],
        .normal(deviation: (1 / Float(cell.hidden)).squareRoot())),
      VariableSpecification(prefix + "out.bias", [vocabulary], .zero),
    ]
  }

  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.shape.count } }

  /// The parts of its state, by name.
  public func state(sequences: Int) -> [VariableSpecification] {
    cell.stateWidths.enumerated().map {
      VariableSpecification("\(prefix)state\($0.offset + 1)", [sequences, $0.element], .zero)
    }
  }

  /// Characters [N] embedded, [N, inputs].
  func embed(_ codes: Tensor, theta: Theta) -> Tensor {
    theta(prefix + "embedding", [vocabulary, cell.inputCount]).gather(rows: codes)
  }

  /// Scores of what comes next, [N, vocabulary], from what the cell puts out, [N, hidden].
  func scores(_ outputs: Tensor, theta: Theta) -> Tensor {
    outputs.matmul(theta(prefix + "out.weight", [cell.hidden, vocabulary]))
      + theta(prefix + "out.bias", [vocabulary])
  }
}

/// Networks that learn to predict the next character of one text, side by side on the same batches: a
/// HyperLSTM, and beside it networks without generated weights and with as many parameters.
public struct CharacterModel: ExperimentModel {
  public let corpus: Corpus
  /// The one whose weights are generated.
  public let hyper: CharacterNetwork
  public let hyperCell: HyperLSTMCell
  public let rivals: [CharacterNetwork]
  /// Sequences side by side, and characters of a step of training (gradients go back so far).
  public let sequences, length: Int
  let schedule: RateSchedule
  let steps: Int

  public var networks: [CharacterNetwork] { [hyper] + rivals }

  public init(
    corpus: Corpus, hyperCell: HyperLSTMCell, rivals: [(name: String, isNormalized: Bool)],
    sequences: Int, length: Int, schedule: RateSchedule, steps: Int
  ) {
    self.corpus = corpus
    self.hyperCell = hyperCell
    self.sequences = sequences
    self.length = length
    self.schedule = schedule
    self.steps = steps
    let vocabulary = corpus.vocabulary.count
    hyper = CharacterNetwork(name: Self.hyperName, cell: hyperCell, vocabulary: vocabulary)
    let wanted = hyper.parameterCount
    self.rivals = rivals.map { rival in
      Self.matched(wanted) { hidden in
        CharacterNetwork(
          name: rival.name,
          cell: LSTMCell(
            prefix: rival.name + ".", inputs: hyperCell.inputCount, hidden: hidden,
            isNormalized: rival.isNormalized),
          vocabulary: vocabulary)
      }
    }
  }

  /// Also what its tensors' names begin with.
  public static let hyperName = "hyperlstm"

  /// Of networks that grow with their width the one whose parameters are nearest to a number.
  private static func matched(
    _ wanted: Int, _ make: (_ hidden: Int) -> CharacterNetwork
  ) -> CharacterNetwork {
    var hidden = 1
    while make(hidden + 1).parameterCount < wanted { hidden += 1 }
    let (below, above) = (make(hidden), make(hidden + 1))
    return wanted - below.parameterCount < above.parameterCount - wanted ? below : above
  }

  public var parameters: [VariableSpecification] { networks.flatMap(\.parameters) }

  /// Parameters, the states that are carried from one batch to the next, and an optimiser for each.
  public var variables: [VariableSpecification] {
    parameters + networks.flatMap { $0.state(sequences: sequences) }
      + networks.flatMap {
        OptimizerChoice.adam.variables(for: $0.parameters, prefix: $0.prefix + "optimizer")
      }
  }

  /// Characters whose contexts are shown: the most frequent ones.
  static let shownCharacters = 24
  package var shown: Int { min(Self.shownCharacters, corpus.vocabulary.count - 1) }

  public var outline: ModelOutline {
    let total = Double(corpus.counts.reduce(0, +))
    return ModelOutline(
      tasks: (0..<shown).map { code in
        TaskDescription(
          CharacterName.of(corpus.vocabulary[code]), role: .training,
          attributes: [
            .init("share", (Double(corpus.counts[code]) / total * 1000).rounded() / 10, unit: "%")
          ])
      },
      contextCount: hyperCell.contextCount, tensors: tensors,
      targetParameterCount: tensors.reduce(0) { $0 + $1.shape.count },
      series: rivals.flatMap { ["\($0.name) train", "\($0.name) validation"] },
      metricName: "bits", isDynamic: true)
  }

  /// The weights of each gate as they are scaled at one time: of the state, of the input, the bias.
  public var tensors: [TensorSpecification] {
    let (inputs, hidden) = (hyperCell.inputCount, hyperCell.hidden)
    return Gates.names.map {
      TensorSpecification("Wh.\($0)", [hidden, hidden], role: .weight, fanIn: hidden)
    }
      + Gates.names.map {
        TensorSpecification("Wx.\($0)", [inputs, hidden], role: .weight, fanIn: inputs)
      }
      + Gates.names.map {
        TensorSpecification("b.\($0)", [hidden], role: .bias, fanIn: hidden)
      }
  }
}

/// How a character is called where it stands alone.
public enum CharacterName {
  public static func of(_ character: Character) -> String {
    switch character {
    case " ": "space"
    case "\n": "newline"
    case "\t": "tab"
    case Corpus.unknown: "unknown"
    default: String(character)
    }
  }
}
