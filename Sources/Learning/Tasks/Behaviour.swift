/// What a target network does with the weights of one context: what its pane draws.
public enum Behaviour: Sendable {
  case curve(Curve)
  case images(Images)
  case text(Text)
  case episode(Episode)
  case body(Body)
  case network(Network)

  /// A function of one number: the prediction along an axis, the true function where it is known,
  /// and data points.
  public struct Curve: Sendable {
    public var x: [Float]
    public var prediction: [Float]
    /// The function of the task named in `reference`, at the same `x`.
    public var truth: [Float]?
    public var points: [(x: Float, y: Float)]
    /// Mean squared error against `truth`.
    public var error: Float?

    public init(
      x: [Float], prediction: [Float], truth: [Float]?, points: [(x: Float, y: Float)],
      error: Float?
    ) {
      self.x = x
      self.prediction = prediction
      self.truth = truth
      self.points = points
      self.error = error
    }
  }

  /// Text that a network speaks, the newest character last.
  public struct Text: Sendable {
    public struct Spoken: Sendable {
      public var character: Character
      /// Whether it was given and not drawn.
      public var isPrompt: Bool
      /// What it cost where the network stood: −log₂ of its probability; nil for the first.
      public var bits: Float?
      /// By how much reading it moved the scales of each gate's weights, as a share of their size.
      public var heat: SIMD4<Float>
      /// The context that reading it made.
      public var context: [Float]

      public init(
        character: Character, isPrompt: Bool, bits: Float?, heat: SIMD4<Float>, context: [Float]
      ) {
        self.character = character
        self.isPrompt = isPrompt
        self.bits = bits
        self.heat = heat
        self.context = context
      }
    }

    /// What each gate is called, in the order of `heat`.
    public var gateNames: [String]
    public var characters: [Spoken] = []
    /// How many characters were there before the first that is kept.
    public var first = 0

    public init(gateNames: [String]) { self.gateNames = gateNames }

    /// Adds a character; of more than `most` the oldest are let go, an eighth at a time.
    public mutating func append(_ spoken: Spoken, keeping most: Int) {
      characters.append(spoken)
      guard characters.count > most else { return }
      characters.removeFirst(most / 8)
      first += most / 8
    }
  }

  /// Small grey images with the class the network gives each.
  public struct Images: Sendable {
    public struct Example: Sendable {
      /// Row by row, 0 (black) … 1 (white).
      public var pixels: [Float]
      public var label: Int
      /// One probability a class.
      public var probabilities: [Float]

      public init(pixels: [Float], label: Int, probabilities: [Float]) {
        self.pixels = pixels
        self.label = label
        self.probabilities = probabilities
      }

      /// The most probable class.
      public var predicted: Int {
        probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
      }
    }

    public var width: Int
    public var height: Int
    public var classNames: [String]
    public var examples: [Example]
    /// Share of a larger set of unseen images that is classified rightly at this context, 0…1, and
    /// how many images that set has.
    public var accuracy: Float
    public var accuracyCount: Int

    public init(
      width: Int, height: Int, classNames: [String], examples: [Example], accuracy: Float,
      accuracyCount: Int
    ) {
      self.width = width
      self.height = height
      self.classNames = classNames
      self.examples = examples
      self.accuracy = accuracy
      self.accuracyCount = accuracyCount
    }
  }

  /// A few-shot episode: labelled images of some characters, and others that are told apart by them.
  public struct Episode: Sendable {
    public struct Support: Sendable {
      /// Row by row, 0 (background) … 1 (ink).
      public var pixels: [Float]
      public var label: Int

      public init(pixels: [Float], label: Int) {
        self.pixels = pixels
        self.label = label
      }
    }

    /// Pixels of an image along a side.
    public var side: Int
    public var script: String
    /// Whether nothing of the script was ever trained on.
    public var isTested: Bool
    /// The characters, in the order of the labels.
    public var classNames: [String]
    public var support: [Support]
    public var queries: [Images.Example]

    public init(
      side: Int, script: String, isTested: Bool, classNames: [String], support: [Support],
      queries: [Images.Example]
    ) {
      self.side = side
      self.script = script
      self.isTested = isTested
      self.classNames = classNames
      self.support = support
      self.queries = queries
    }

    /// Share of the queries that are classified rightly, 0…1.
    public var accuracy: Float {
      Float(queries.count { $0.predicted == $0.label }) / Float(max(queries.count, 1))
    }
  }
}

extension Behaviour {
  /// A body in the cube [−1, 1]³, as a network says it is.
  public struct Body: Sendable {
    /// Negative inside.
    public var field: ScalarField
    /// The signed distance to the task named in `reference`, at the same nodes.
    public var truth: ScalarField?
    /// How much of the two is the same: see `ScalarField.overlap`.
    public var overlap: Float?

    public init(field: ScalarField, truth: ScalarField?) {
      self.field = field
      self.truth = truth
      overlap = truth.map { field.overlap($0) }
    }
  }
}

extension Behaviour {
  /// Share of what is shown, or of more of it, that is classified rightly; nil where nothing is.
  public var accuracy: Float? {
    switch self {
    case .images(let images): images.accuracy
    case .episode(let episode): episode.accuracy
    case .network(let network): network.accuracy
    case .curve, .text, .body: nil
    }
  }
}
