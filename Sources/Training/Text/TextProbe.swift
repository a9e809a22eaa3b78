import Autodiff
import Learning

/// What a character network says: text that goes on from a prompt, with what each character did to the
/// generated weights; and the weights of a context.
final class TextProbe: Probe {
  /// What the stream of characters depends on; where it changes the stream begins anew.
  private struct Origin: Equatable {
    var prompt: String
    var temperature: Float
    var seed: UInt64
    /// The context that is held, nil where the network makes its own.
    var held: [Float]?
    /// Of a run that stands still: of which step.
    var step: Int?
  }

  /// Characters kept of the stream.
  private static let window = 600
  /// Characters spoken at once when a stream begins.
  private static let first = 240

  private let model: CharacterModel
  private let speaker: Speaker
  private let gateWeights: GateWeights
  /// What the weights are scaled from.
  private let variables: Variables
  private var origin: Origin?
  private var text = Behaviour.Text(gateNames: Gates.names)
  /// Characters drawn since the stream began, and the place in the conversation it began at.
  private var drawn = 0
  private var beginning = 0
  private var lastStep = 0

  init(_ model: CharacterModel) {
    self.model = model
    speaker = Speaker(model)
    variables = Variables(model.hyper.parameters.map { ($0.name, $0.shape) })
    gateWeights = GateWeights(model, variables: variables)
  }

  func load(_ parameters: Parameters) -> Bool {
    speaker.load(parameters) && variables.load(parameters)
  }

  func weights(_ context: [Float], task: Int?) -> [ProbeResult.Weights]? {
    guard context.count == model.hyperCell.contextCount else { return nil }
    return zip(model.tensors, gateWeights(context)).map {
      .init(specification: $0, values: Array($1))
    }
  }

  func answer(_ question: ContextQuestion) -> ProbeResult? {
    guard let weights = weights(question.context, task: nil) else { return nil }
    let snapshot = question.snapshot
    let wanted = Origin(
      prompt: snapshot.knobs.text("prompt"), temperature: snapshot.knobs.real("temperature"),
      seed: snapshot.seed, held: question.isHeld ? question.context : nil,
      step: snapshot.state == .running ? nil : snapshot.step)
    var known = origin
    // A stream that was spoken while the run went on is heard to its end.
    if wanted.step != nil, known?.step == nil, snapshot.step == lastStep {
      known?.step = wanted.step
    }
    if wanted.step == nil { known?.step = nil }
    let due = question.spoken + Self.first
    if known != wanted || snapshot.step < lastStep || due < beginning + drawn {
      begin(wanted, at: question.spoken)
    }
    origin = wanted
    lastStep = snapshot.step
    while beginning + drawn < due { speak(wanted) }
    return ProbeResult(
      context: question.context, step: snapshot.step, reference: nil, weights: weights,
      behaviour: .text(text))
  }

  private func begin(_ origin: Origin, at place: Int) {
    speaker.begin()
    text = Behaviour.Text(gateNames: Gates.names)
    drawn = 0
    beginning = place
    for (character, code) in speaker.codes(of: origin.prompt) {
      hear(code, origin, shown: character, isPrompt: true)
    }
  }

  private func speak(_ origin: Origin) {
    let code = speaker.draw(
      temperature: origin.temperature, seed: origin.seed, index: drawn)
    drawn += 1
    hear(code, origin, shown: model.corpus.vocabulary[code], isPrompt: false)
  }

  private func hear(_ code: Int, _ origin: Origin, shown: Character, isPrompt: Bool) {
    let bits = text.characters.isEmpty ? nil : speaker.bits(of: code)
    speaker.read(code, held: origin.held)
    let reading = speaker.reading()
    text.append(
      .init(
        character: shown, isPrompt: isPrompt, bits: bits, heat: reading.heat,
        context: reading.context), keeping: Self.window)
  }
}

extension Run {
  /// Speaks on from a prompt, `count` characters one after the other: the same for the same
  /// parameters, prompt, temperature and seed. Returns false where the run's model does not speak.
  /// - Parameters:
  ///   - held: a context in the place of the network's own.
  ///   - body: called with each character.
  public func speak(
    _ count: Int, prompt: String, temperature: Float, seed: UInt64, held: [Float]? = nil,
    body: (Character) -> Void
  ) -> Bool {
    guard let model = model as? CharacterModel else { return false }
    let speaker = Speaker(model)
    guard speaker.load(parameters()) else { return false }
    speaker.begin()
    for (_, code) in speaker.codes(of: prompt) { speaker.read(code, held: held) }
    for index in 0..<count {
      let code = speaker.draw(temperature: temperature, seed: seed, index: index)
      body(model.corpus.vocabulary[code])
      speaker.read(code, held: held)
    }
    return true
  }
}
