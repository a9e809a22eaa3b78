/// The members of a session file as they stand in its JSON.
struct SessionHead: Decodable {
  var format: String
  var version: Int
  var experiment: String
  var seed: UInt64
  var step: Int
  var trainingLoss: Float?
  var validationLoss: Float?
  var thumbnail: [Float]?

  private enum CodingKeys: String, CodingKey {
    case format, version, experiment, seed, step, thumbnail
    case trainingLoss = "train_loss"
    case validationLoss = "validation_loss"
  }
}

struct SessionDocument: Decodable {
  struct Task: Decodable {
    var name: String
    var loss: Float?
    var metric: Float?
    var recent: [Float]?
    var drift: Float?
    var embedding: [Float]?
  }

  struct Milestone: Decodable {
    var task: Int
    var step: Int
    var measures: [Float]
  }

  struct Series: Decodable {
    var name: String
    var at: [Int]
    var mean: [Float]
    /// Left out where every bucket holds one number.
    var low: [Float]?
    var high: [Float]?
    var count: [Int]?
  }

  struct History: Decodable {
    var stride: Int
    var series: [Series]
  }

  struct Variable: Decodable {
    var name: String
    var shape: [Int]
    var data: String
  }

  /// A knob's value: what it means depends on the knob.
  enum Setting: Decodable {
    case number(Double)
    case word(String)
    case list([Int])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Double.self) {
        self = .number(number)
      } else if let word = try? container.decode(String.self) {
        self = .word(word)
      } else {
        self = .list(try container.decode([Int].self))
      }
    }
  }

  enum CodingKeys: String, CodingKey {
    case knobs, tasks, history, milestones, variables
    case gradientCosine = "gradient_cosine"
  }

  var knobs: [String: Setting]
  var tasks: [Task]
  var history: History
  /// Left out where tasks do not come one after another, or none has been learned.
  var milestones: [Milestone]?
  var gradientCosine: Float?
  var variables: [Variable]
}
