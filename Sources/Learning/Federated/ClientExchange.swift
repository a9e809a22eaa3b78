/// What a client is asked to do with weights it is sent.
package enum ClientWork: Codable, Hashable, Sendable {
  /// To train from them in a round: `steps` of `planned` steps on `examples` rows each, drawn as the one
  /// at `position` of the round draws them. It returns ΔW.
  case train(round: Int, position: Int, steps: Int, planned: Int, examples: Int)
  /// To tell the gradient of its loss by them, on as many of its rows to train on.
  case fit(examples: Int)
  /// To measure them on its unseen rows. Nothing is returned but measures.
  case measure

  /// Whether as many numbers come back as were sent.
  package var returnsChange: Bool { self != .measure }
}

/// Weights for a client.
package struct ClientRequest: Sendable {
  package let client: Int
  package let work: ClientWork
  /// The size of a local step and how much of the last is added to the next; of training alone.
  package let rate, momentum: Float
  /// Tensor by tensor.
  package let weights: [Float]

  package init(
    client: Int, work: ClientWork, rate: Float = 1, momentum: Float = 0, weights: [Float]
  ) {
    self.client = client
    self.work = work
    self.rate = rate
    self.momentum = momentum
    self.weights = weights
  }
}

/// All that a client returns. No row is among it.
package struct ClientReply: Sendable, Equatable {
  /// ΔW or a gradient, tensor by tensor; empty where weights were only measured.
  package var change: [Float]
  /// Its loss with the weights as they were sent.
  package var loss: Float
  /// See `TaskFamily.metric`.
  package var metric: Float?
  package var measures: [Measure]

  package struct Measure: Sendable, Equatable {
    package let name: String
    package let value: Float

    package init(name: String, value: Float) {
      self.name = name
      self.value = value
    }
  }

  package init(
    change: [Float] = [], loss: Float, metric: Float? = nil, measures: [Measure] = []
  ) {
    self.change = change
    self.loss = loss
    self.metric = metric
    self.measures = measures
  }
}

/// Clients that are elsewhere.
package protocol ClientExchange: AnyObject, Sendable {
  /// Asks each, all at once, and waits for those who answer; nil stands for those who do not, or wrongly.
  func ask(_ requests: [ClientRequest]) -> [ClientReply?]
}
