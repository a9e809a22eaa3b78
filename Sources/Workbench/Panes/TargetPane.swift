import Learning
import Terminal
import Training

/// What the target network does with the generated weights: a curve beside the truth, pictures with the
/// classes it gives them, a body.
struct TargetPane: PaneView {
  private let model: Model
  private let ink: Ink

  init(_ model: Model, _ ink: Ink) {
    self.model = model
    self.ink = ink
  }

  var note: [Span] {
    guard let probe = model.probe else { return [Span("waiting", ink.subdued)] }
    if case .text = probe.behaviour {
      return [
        Span(model.isHeld ? "z held" : "own z", model.isHeld ? ink.warning : ink.success),
        Span("  T ", ink.subdued),
        Span(Figures.value(model.snapshot.knobs.real("temperature")), ink.text),
      ]
    }
    if case .network(let network) = probe.behaviour {
      return ArchitectureView(network, model, ink).note + [model.freshness(ink)]
    }
    var spans: [Span] = []
    let names = model.snapshot.description.tasks
    if let reference = probe.reference, names.indices.contains(reference) {
      spans = [Span("vs ", ink.subdued), Span(names[reference].name, ink.text), Span("  ")]
    }
    return spans + [model.freshness(ink)]
  }

  func draw(on canvas: Canvas) {
    switch model.probe?.behaviour {
    case .curve(let curve): CurveView(curve, model, ink).draw(on: canvas)
    case .images(let images): ImagesView(images, model, ink).draw(on: canvas)
    case .text(let text): TextView(text, model, ink).draw(on: canvas)
    case .episode(let episode): EpisodeView(episode, model, ink).draw(on: canvas)
    case .body(let body): BodyView(body, model, ink).draw(on: canvas)
    case .network(let network): ArchitectureView(network, model, ink).draw(on: canvas)
    case nil: canvas.wrapped("no answer of the target network yet", y: 0, ink.subdued, ink)
    }
  }

  var figures: [Figure] {
    switch model.probe?.behaviour {
    case .curve(let curve): CurveView(curve, model, ink).figures
    case .images(let images): ImagesView(images, model, ink).figures
    case .text(let text): TextView(text, model, ink).figures
    case .episode(let episode): EpisodeView(episode, model, ink).figures
    case .body(let body): BodyView(body, model, ink).figures
    case .network(let network): ArchitectureView(network, model, ink).figures
    case nil: []
    }
  }
}
