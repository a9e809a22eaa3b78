import Autodiff
import Learning

/// Episodes of 5-way 1-shot classification: a transformer encoder reads the support examples beside
/// learned placeholders, whose outputs are the weights of a main MLP 64-32-5 for the episode.
enum FewShotHyperTransformer {
  static let workload = Workload(
    "fewshot-hypertransformer",
    sizes: [
      .size("episodes", 16, "episodes of a step"),
      .size("ways", 5, "classes of an episode", least: 2, most: 64),
      .size("queries", 5, "query examples of each class", most: 256),
      .size("features", 64, "numbers of an example"),
      .size("model", 64, "numbers of a token, a multiple of the heads", least: 2, most: 1024),
      .size("heads", 2, "attention heads", most: 64),
      .size("label", 16, "numbers of a token that tell the label", most: 64),
      .size("placeholders", 10, "tokens that become weights", most: 256),
      .size("blocks", 2, "encoder blocks", most: 12),
      .size("width", 32, "width of the main MLP's hidden layer", most: 512),
    ]
  ) { size throws(KnobError) in
    guard size("model") % size("heads") == 0, size("label") < size("model") else {
      throw KnobError(
        "fewshot-hypertransformer: a token of \(size("model")) numbers is not divided by "
          + "\(size("heads")) heads, or leaves nothing beside a label of \(size("label"))")
    }
    let (episodes, ways, queries) = (size("episodes"), size("ways"), size("queries"))
    let (features, model, slots) = (size("features"), size("model"), size("placeholders"))
    let label = size("label")
    let main = FlatMLP(widths: [features, size("width"), ways], gain: 2)
    let builder = ProblemBuilder()
    let batch = builder.batch([
      ("support", [episodes, ways, features]),
      ("queries", [episodes, ways * queries, features]), ("y", [episodes, ways * queries]),
    ]) { arrays, key in
      draw(arrays, key, ways: ways, queries: queries, features: features)
    }
    let labels = builder.parameter("labels", [ways, label], variance: 1)
    let placeholders = builder.parameter("placeholders", [slots, model], variance: 1)
    let tokens = builder.linear(
      "features", batch[0], to: model - label, variance: 1 / Float(features))
    let shots = Tensor.concatenate(
      [tokens, labels.broadcast(to: [episodes, ways, label])], axis: 2)
    var x = Tensor.concatenate(
      [shots, placeholders.broadcast(to: [episodes, slots, model])], axis: 1)
    let encoder = TransformerEncoder(
      name: "blocks", model: model, heads: size("heads"), blocks: size("blocks"))
    for variable in encoder.variables { builder.parameter(variable) }
    x = encoder(x, theta: Theta(builder.graph))
    let perSlot = (main.count + slots - 1) / slots
    let generated = builder.linear(
      "head", x.slice(axis: 1, from: ways, count: slots), to: perSlot,
      variance: 0.01 / Float(model))
    let weights = generated.reshaped(to: [episodes, slots * perSlot])
      .slice(axis: 1, from: 0, count: main.count)
    let logits = main(weights, batch[1]) { $0.relu() }
    return builder.minimise(logits.crossEntropy(labels: batch[2]).mean(), rate: 1e-3)
  }

  /// Support examples in class order and queries ordered by class, each a class's prototype and noise
  /// of variance 1/4.
  private static func draw(
    _ arrays: [UnsafeMutableBufferPointer<Float>], _ key: RandomKey, ways: Int, queries: Int,
    features: Int
  ) {
    let (support, query, labels) = (arrays[0], arrays[1], arrays[2])
    key.fillNormal(support, deviation: 0.5)
    key.fillNormal(query, deviation: 0.5, first: support.count)
    let classes = support.count / features
    let prototypes = [Float](unsafeUninitializedCapacity: support.count) { buffer, count in
      count = support.count
      key.fillNormal(
        UnsafeMutableBufferPointer(rebasing: buffer[..<count]),
        first: support.count + query.count)
    }
    for index in 0..<classes {
      let own = prototypes[index * features..<(index + 1) * features]
      for (i, x) in own.enumerated() {
        support[index * features + i] += x
        for q in index * queries..<(index + 1) * queries { query[q * features + i] += x }
      }
      for q in index * queries..<(index + 1) * queries { labels[q] = Float(index % ways) }
    }
  }
}
