import Autodiff

/// The methods by name, in the order of a table.
public enum MethodChoice: String, CaseIterable, Hashable, Sendable {
  case standard, pooled, heads, hypernetwork
  case learnedInit = "learned-init"
  case setEncoder = "set-encoder"
  case embedding
  case lora
  case hyperLoRA = "hyper-lora"
  case maml, fomaml, reptile, prefix
  case hyperTransformer = "hyper-transformer"
  case prototypes, nearest
  case pfedhn, fedavg

  /// How it determines weights, for the table.
  public var summary: String {
    switch self {
    case .standard: "one network for each task, each trained by itself"
    case .pooled: "one network for all tasks; a new task trains on"
    case .heads: "a shared trunk, a last layer for each task"
    case .hypernetwork: "generated from a learned embedding; a new task fits z"
    case .learnedInit: "generated as for the hypernetwork; a new task trains on from there"
    case .setEncoder: "generated from the task's examples, read in any order"
    case .embedding: "generated from z, which descends from 0; θ is trained through that descent"
    case .lora: "a base trained first, then a low-rank change for each task"
    case .hyperLoRA: "a base trained first, then low-rank changes generated from z"
    case .maml: "descent from a start that is trained through the descent"
    case .fomaml: "as maml, with the gradients of the descent taken as constants"
    case .reptile: "descent from a start that is moved to where descent leads"
    case .prefix: "a base trained first, then keys and values in front of a transformer's own"
    case .hyperTransformer: "a transformer reads the task's examples and emits the network"
    case .prototypes: "the class whose examples' features are nearest on average"
    case .nearest: "the class of the example whose numbers are nearest"
    case .pfedhn: "generated from z; clients train them on rows of their own and return the change"
    case .fedavg: "shared weights; clients train them on rows of their own and return the change"
    }
  }

  /// Whether a task needs the shared numbers beside its own once it has been met.
  var keepsShared: Bool {
    switch self {
    case .standard, .pooled, .learnedInit, .maml, .fomaml, .reptile, .hyperTransformer,
      .fedavg:
      false
    default: true
    }
  }

  /// Whether it generates weights, so that there is a strategy.
  public var hasStrategy: Bool {
    switch self {
    case .hypernetwork, .learnedInit, .setEncoder, .embedding, .pfedhn: true
    default: false
    }
  }

  /// Methods that look at the examples of all classes of a task side by side.
  private var comparesClasses: Bool {
    switch self {
    case .hyperTransformer, .prototypes, .nearest: true
    default: false
    }
  }

  /// Methods that train on tasks given once and for all.
  private var needsTrainingTasks: Bool {
    switch self {
    case .standard, .heads, .hypernetwork, .learnedInit, .lora, .hyperLoRA, .prefix, .pfedhn: true
    default: false
    }
  }

  /// Why it makes no sense on a family and target network; nil where it does.
  public func reasonAgainst(_ setting: MethodSetting) -> String? {
    if self == .prefix, !(setting.target is TransformerTarget) {
      let network = setting.target.details.first?.value ?? "none"
      return "prefix tuning puts keys and values in front of a transformer's own, and the target "
        + "network is \(network); "
        + (setting.canHaveTransformer
          ? "take --set target=transformer" : "this family has no transformer to choose")
    }
    if comparesClasses, setting.family.shotSize == 1 {
      return "'\(rawValue)' reads labelled examples of several classes, and a task here has none"
    }
    if setting.family.isOpen, needsTrainingTasks {
      return
        "'\(rawValue)' keeps numbers for every training task, and here each step meets new ones"
    }
    if setting.family.isOpen, self == .fedavg {
      return
        "'fedavg' trains with clients that come back again and again, and here each step meets new ones"
    }
    if self == .heads, setting.target.tensors.count < 4 {
      return "'heads' shares the layers before the last, and this target network has only one"
    }
    return nil
  }

  /// Whether a knob makes a difference to it, given what the others are set to.
  public func looks(at knob: String, _ knobs: KnobValues) -> Bool {
    let strategy = hasStrategy ? StrategyChoice(rawValue: knobs.choice("strategy")) : nil
    let generates = hasStrategy || self == .hyperLoRA
    let descends = [.embedding, .maml, .fomaml, .reptile].contains(self)
    return switch knob {
    case "rate": ![.setEncoder, .embedding, .maml, .fomaml, .reptile, .fedavg].contains(self)
    case "meta-rate": [.setEncoder, .embedding, .maml, .fomaml].contains(self)
    case "examples": self != .reptile
    // Of episodes they are a part of the task.
    case "shots": descends || self == .setEncoder || knobs["ways"] != nil
    case "inner-rate": descends
    case "inner-steps": descends && self != .reptile
    case "reptile-steps", "reptile-rate": self == .reptile
    case "local-steps", "local-rate", "local-momentum": self == .pfedhn || self == .fedavg
    case "weights": !generates
    case "contexts", "hyper-widths", "hyper-activation", "initialization", "encoding": generates
    // A context that descends from 0, or is read from examples, is not drawn.
    case "spread": generates && self != .embedding && self != .setEncoder
    case "strategy": hasStrategy
    case "chunk", "chunk-embedding": strategy == .chunked
    case "rank": self == .lora || self == .hyperLoRA || strategy == .lowRank || strategy == .lora
    case "base": strategy == .lora
    case "film-scale": strategy == .film
    case "prefix-length": self == .prefix
    // Other target networks have units of their own.
    case "target-activation": knobs["target"].map { $0 == .choice("mlp") } ?? true
    default: true
    }
  }

  /// The methods that make sense there.
  public static func sensible(for setting: MethodSetting) -> [MethodChoice] {
    allCases.filter { $0.reasonAgainst(setting) == nil }
  }

  /// Throws `KnobError` where the method makes no sense for the setting, or its knobs do not go
  /// together.
  public func method(_ setting: MethodSetting) throws(KnobError) -> Method {
    if let reason = reasonAgainst(setting) { throw KnobError(reason) }
    return switch self {
    case .standard: Method.standard(setting)
    case .pooled: Method.pooled(setting)
    case .heads: Method.heads(setting)
    case .hypernetwork: try Method.hypernetwork(setting)
    case .learnedInit: try Method.learnedInit(setting)
    case .setEncoder: try Method.setEncoder(setting)
    case .embedding: try Method.embedding(setting)
    case .lora: Method.lora(setting)
    case .hyperLoRA: try Method.hyperLoRA(setting)
    case .maml, .fomaml: Method.maml(setting, isSecondOrder: self == .maml)
    case .reptile: Method.reptile(setting)
    case .prefix: try Method.prefix(setting)
    case .hyperTransformer: try Method.hyperTransformer(setting)
    case .prototypes: Method.prototypes(setting)
    case .nearest: Method.nearest(setting)
    case .pfedhn: try Method.pFedHN(setting)
    case .fedavg: Method.fedAvg(setting)
    }
  }
}
