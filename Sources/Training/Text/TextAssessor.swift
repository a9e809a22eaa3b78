import Autodiff
import Learning

extension CharacterModel: RunnableModel {
  func assessorDraft() -> AssessorDraft {
    let drafts = networks.map { TextReaderDraft(self, $0) }
    return AssessorDraft(bytes: drafts.reduce(0) { $0 + $1.plan.bytes() }) { variables in
      TextAssessor(
        self, drafts.map { TextReader($0, corpus: self.corpus, variables: variables) },
        variables: variables)
    }
  }

  func probe() -> any Probe { TextProbe(self) }
  func examiner() -> (any ModelExaminer)? { TextExaminer(self) }
  var isExamined: Bool { true }
}

/// Measures networks on text they were not trained on.
final class TextAssessor: Assessor {
  private let model: CharacterModel
  private let readers: [TextReader]
  private let variables: Variables

  init(_ model: CharacterModel, _ readers: [TextReader], variables: Variables) {
    self.model = model
    self.readers = readers
    self.variables = variables
  }

  /// Contexts and bits by the character that was read last.
  private struct ByCharacter {
    let contextCount: Int
    var contexts: [Float]
    var bits: [Float]
    var counts: [Float]

    init(characters: Int, contextCount: Int) {
      self.contextCount = contextCount
      contexts = Array(repeating: 0, count: characters * contextCount)
      bits = Array(repeating: 0, count: characters)
      counts = Array(repeating: 0, count: characters)
    }

    mutating func add(_ window: TextReader.Window) {
      for (place, code) in window.codes.enumerated() {
        let code = Int(code)
        counts[code] += 1
        bits[code] += window.bits[place]
        guard let all = window.contexts else { continue }
        for i in 0..<contextCount {
          contexts[code * contextCount + i] += all[place * contextCount + i]
        }
      }
    }

    func measure(of code: Int) -> TaskMeasure {
      guard counts[code] > 0 else { return TaskMeasure(loss: .nan) }
      let context = contexts[code * contextCount..<(code + 1) * contextCount]
      return TaskMeasure(
        loss: bits[code] / counts[code], context: context.map { $0 / counts[code] })
    }

    /// The mean of all contexts.
    var mean: [Float] {
      let total = max(counts.reduce(0, +), 1)
      return (0..<contextCount).map { i in
        counts.indices.reduce(Float(0)) { $0 + contexts[$1 * contextCount + i] } / total
      }
    }
  }

  private func characters(_ part: Corpus.Part) -> (bits: Float, by: ByCharacter) {
    var sums = ByCharacter(
      characters: model.corpus.vocabulary.count, contextCount: model.hyperCell.contextCount)
    let bits = readers[0].read(part) { sums.add($0) }
    return (bits, sums)
  }

  func assess(contexts: [Float], currentTask: Int?) -> Assessment {
    let (bits, sums) = characters(.validation)
    return Assessment(
      tasks: (0..<model.shown).map(sums.measure), validation: bits,
      others: readers.dropFirst().enumerated().map {
        (3 + 2 * $0.offset, $0.element.read(.validation))
      })
  }

  /// Bits a character of every network on validation and test, how many parameters it has; then the
  /// HyperLSTM's on the test part with the contexts of another sequence (`shuffled`) and with their
  /// mean: how much the changing weights matter.
  func finalMetrics(seed: UInt64) -> [(name: String, value: Float)] {
    var metrics: [(name: String, value: Float)] = []
    let (own, sums) = characters(.test)
    for (index, reader) in readers.enumerated() {
      let name = reader.network.name.replacing("-", with: "_")
      metrics.append((name + "_validation_bits", reader.read(.validation)))
      metrics.append((name + "_test_bits", index == 0 ? own : reader.read(.test)))
      metrics.append((name + "_parameters", Float(reader.network.parameterCount)))
    }
    let shuffled = reader(.shuffled).read(.test)
    metrics.append(("shuffled_test_bits", shuffled))
    metrics.append(("mean_context_test_bits", reader(.held).read(.test, context: sums.mean)))
    metrics.append(("context_gain", Float(Conditioning.gain(own: Double(own), Double(shuffled)))))
    return metrics
  }

  private func reader(_ contexts: ContextSourceOfText) -> TextReader {
    TextReader(
      TextReaderDraft(model, model.hyper, contexts: contexts), corpus: model.corpus,
      variables: variables)
  }
}
