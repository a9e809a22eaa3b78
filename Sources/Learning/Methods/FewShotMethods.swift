import Autodiff

/// Methods that read a labelled set of examples in one go.
extension Method {
  /// A transformer reads the examples and emits the target network (``HyperTransformer``); a new task
  /// may train on from there.
  static func hyperTransformer(_ setting: MethodSetting) throws(KnobError) -> Method {
    guard let target = setting.target as? any LayeredTarget else {
      throw KnobError("'hyper-transformer' generates networks that are a chain of layers")
    }
    let family = setting.family
    let model = HyperTransformer(
      target: target, inputs: family.inputCount, side: family.imageSide,
      outputs: family.outputCount, sizes: setting.hyperTransformer)
    let adapted = target.tensors.enumerated().map { index, tensor in
      // Equal expressions are one node, so each asks for all of them.
      Own(
        specification: .init(tensor.name, tensor.shape, .zero),
        start: .encoded { x, y, theta in model.weights(x, y, theta: theta)[index] })
    }
    return Method(
      choice: .hyperTransformer, setting, shared: model.variables, own: [], adapted: adapted,
      stages: [
        .init(.adapted(steps: 0, isSecondOrder: true), trained: Set(model.variables.map(\.name)))
      ], rate: setting.knobs.real("rate"), forward: forward(target))
  }

  /// A class is the mean of its examples' features, and an example belongs to the nearest (Snell,
  /// Swersky & Zemel 2017, "Prototypical networks for few-shot learning"). A new task may move the
  /// means.
  static func prototypes(_ setting: MethodSetting) -> Method {
    let family = setting.family
    let width = 64
    let features = ImageFeatures(
      name: "features", inputs: family.inputCount, side: family.imageSide,
      channels: setting.hyperTransformer.channels, outputs: width, isShifted: false)
    let means = Own(
      specification: .init("prototypes", [family.outputCount, width], .zero),
      start: .encoded { x, y, theta in
        let counts = y.sum(axes: [1], keepingDimensions: false)
          .reshaped(to: [y.shape[0], y.shape[2], 1])
        return y.transposed().matmul(features(x, theta: theta)) / counts.maximum(1e-6)
      })
    return Method(
      choice: .prototypes, setting, shared: features.variables, own: [], adapted: [means],
      stages: [
        .init(
          .adapted(steps: 0, isSecondOrder: true), trained: Set(features.variables.map(\.name)))
      ], rate: setting.knobs.real("rate"),
      forward: { own, theta, x in
        guard let prototypes = own["prototypes"] else { preconditionFailure("no prototypes") }
        return nearness(of: features(x, theta: theta), to: prototypes)
      })
  }

  /// The class of the example whose numbers are nearest. Nothing is trained.
  static func nearest(_ setting: MethodSetting) -> Method {
    let family = setting.family
    let shots = setting.shots
    let own = [
      Own(
        specification: .init("examples", [shots, family.inputCount], .zero),
        start: .encoded { x, _, _ in x }),
      Own(
        specification: .init("labels", [shots, family.outputCount], .zero),
        start: .encoded { _, y, _ in y }),
    ]
    return Method(
      choice: .nearest, setting, shared: [], own: [], adapted: own, stages: [], rate: 0,
      adaptationRates: [0],
      forward: { own, _, x in
        guard let examples = own["examples"], let labels = own["labels"] else {
          preconditionFailure("no examples")
        }
        let (tasks, count) = (x.shape[0], x.shape[1])
        let (shots, classes) = (labels.shape[1], labels.shape[2])
        // Of each class the nearest; another class's examples are farther than anything.
        let near = nearness(of: x, to: examples).reshaped(to: [tasks, count, shots, 1])
        let others = (labels - 1).reshaped(to: [tasks, 1, shots, classes]) * 1e6
        return (near + others).maximum(axis: 2).reshaped(to: [tasks, count, classes])
      })
  }

  /// 2 x·p − ‖p‖², by which −‖x − p‖² differs for every p by the same: x [T, B, n] and p [T, N, n] →
  /// [T, B, N].
  private static func nearness(of x: Tensor, to points: Tensor) -> Tensor {
    let squares = points.square().sum(axes: [2], keepingDimensions: false)
    return x.matmul(points.transposed()) * 2
      - squares.reshaped(to: [points.shape[0], 1, points.shape[1]])
  }
}
