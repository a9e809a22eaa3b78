import Autodiff
import Foundation
import Learning
import LearningTesting
import Testing

/// A graph of one output run once, every variable and input filled with numbers of its own.
private struct Once {
  let values: [Float]
  let numbers: [String: [Float]]

  init(_ graph: Graph, _ output: Tensor, deviation: Float = 0.5, set: [String: [Float]] = [:]) {
    let variables = Variables(graph)
    let plan = Plan(graph, outputs: [output], updates: false, variables: variables)
    var numbers: [String: [Float]] = [:]
    for (index, (name, shape)) in (graph.variableShapes + graph.inputShapes).enumerated() {
      let drawn =
        set[name]
        ?? RandomKey(seed: 5, stream: .inputs, step: index).normal(
          shape.count, deviation: deviation)
      numbers[name] = drawn
      if variables.contains(name) {
        variables[name] = drawn
      } else {
        _ = plan.input(name).update(fromContentsOf: drawn)
      }
    }
    plan.run()
    values = Array(plan.value(output))
    self.numbers = numbers
  }

  func doubles(_ name: String) -> [Double] { (numbers[name] ?? []).map(Double.init) }
}

/// (x − mean) / √(variance + 1e-5).
private func normal(_ x: [Double]) -> [Double] {
  let mean = x.reduce(0, +) / Double(x.count)
  let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
  return x.map { ($0 - mean) / (variance + 1e-5).squareRoot() }
}

struct ConvNetTests {
  /// Every sum written out.
  @Test func itIsItsFormula() throws {
    let net = ConvNet(side: 7, channels: 3, depth: 2, classes: 4)
    let graph = Graph()
    let weights = net.tensors.map {
      Weight(graph.input($0.name, Shape([2] + $0.shape.dimensions)))
    }
    let once = Once(graph, net(weights, graph.input("x", [2, 2, 49])))
    func part(_ name: String, _ task: Int) -> [Double] {
      let all = once.doubles(name)
      return Array(all[task * all.count / 2..<(task + 1) * all.count / 2])
    }
    for task in 0..<2 {
      for image in 0..<2 {
        var x = Array(part("x", task)[image * 49..<(image + 1) * 49])
        var (side, depth) = (7, 1)
        for layer in 1...2 {
          let (kernel, bias) = (part("W\(layer)", task), part("b\(layer)", task))
          let next = (side + 1) / 2
          var sums = [Double](repeating: 0, count: next * next * 3)
          for row in 0..<next {
            for column in 0..<next {
              for (i, j) in (0..<9).map({ ($0 / 3, $0 % 3) }) {
                let (y, z) = (2 * row - 1 + i, 2 * column - 1 + j)
                guard 0..<side ~= y, 0..<side ~= z else { continue }
                for c in 0..<depth {
                  for d in 0..<3 {
                    sums[(row * next + column) * 3 + d] +=
                      x[(y * side + z) * depth + c] * kernel[((i * 3 + j) * depth + c) * 3 + d]
                  }
                }
              }
            }
          }
          x = normal(sums).enumerated().map { max($1 + bias[$0 % 3], 0) }
          (side, depth) = (next, 3)
        }
        let wanted = Plain.dense(x, part("W3", task), part("b3", task))
        let got = once.values[(task * 2 + image) * 4..<(task * 2 + image + 1) * 4]
        for (a, b) in zip(got, wanted) { #expect(abs(Double(a) - b) < 1e-4) }
      }
    }
  }
}

struct NormalizedMLPTests {
  /// Every sum written out: hidden layers are normalised over an example's units or a task's examples.
  @Test(arguments: MLP.Normalization.allCases)
  func itIsItsFormula(normalization: MLP.Normalization) {
    let net = MLP(widths: [3, 5, 4, 2], activation: .tanh, normalization: normalization)
    let graph = Graph()
    let weights = net.tensors.map {
      Weight(graph.input($0.name, Shape([2] + $0.shape.dimensions)))
    }
    let once = Once(graph, net(weights, graph.input("x", [2, 6, 3])))
    func part(_ name: String, _ task: Int) -> [Double] {
      let all = once.doubles(name)
      return Array(all[task * all.count / 2..<(task + 1) * all.count / 2])
    }
    for task in 0..<2 {
      let inputs = part("x", task)
      var rows = (0..<6).map { Array(inputs[$0 * 3..<($0 + 1) * 3]) }
      for layer in 1...3 {
        let (weight, bias) = (part("W\(layer)", task), part("b\(layer)", task))
        let none = [Double](repeating: 0, count: bias.count)
        var sums = rows.map { Plain.dense($0, weight, none) }
        if layer < 3, normalization == .units { sums = sums.map(normal) }
        if layer < 3, normalization == .batch {
          let columns = bias.indices.map { unit in normal(sums.map { $0[unit] }) }
          sums = sums.indices.map { row in columns.map { $0[row] } }
        }
        rows = sums.map { sum in
          zip(sum, bias).map { layer < 3 ? tanh($0 + $1) : $0 + $1 }
        }
      }
      for (a, b) in zip(once.values[task * 12..<(task + 1) * 12], rows.joined()) {
        #expect(abs(Double(a) - b) < 1e-4)
      }
    }
  }
}

struct TransformerTargetTests {
  /// Two tasks of two images each through every sum, softmax and normalisation written out, without
  /// a prefix and with one of three places.
  @Test(arguments: [0, 3]) func itIsItsFormula(_ length: Int) throws {
    let net = TransformerTarget(side: 4, patch: 2, model: 6, heads: 2, blocks: 2, classes: 3)
    let graph = Graph()
    let weights = net.tensors.map {
      Weight(graph.input($0.name, Shape([2] + $0.shape.dimensions)))
    }
    let prefixes = (1...2).map {
      TransformerTarget.Prefix(
        keys: graph.input("keys\($0)", [2, max(length, 1), 6]),
        values: graph.input("values\($0)", [2, max(length, 1), 6]))
    }
    let x = graph.input("x", [2, 2, 16])
    let once = Once(graph, net(weights, x, prefixes: length == 0 ? [] : prefixes))
    for row in 0..<4 {
      func t(_ name: String) -> [Double] {
        let all = once.doubles(name)
        return Array(all[row / 2 * all.count / 2..<(row / 2 + 1) * all.count / 2])
      }
      func affine(_ x: [Double], _ name: String) -> [Double] {
        normal(x).enumerated().map { $1 * (1 + t("\(name).gain")[$0]) + t("\(name).shift")[$0] }
      }
      let pixels = Array(once.doubles("x")[row * 16..<(row + 1) * 16])
      var x = (0..<4).map { token -> [Double] in
        let (row, column) = (2 * (token / 2), 2 * (token % 2))
        let patch = [0, 1, 4, 5].map { pixels[row * 4 + column + $0] }
        return zip(Plain.dense(patch, t("E"), t("e")), t("P")[(token * 6)...]).map { $0 + $1 }
      }
      for block in 1...2 {
        let qkv = x.map {
          Plain.dense(affine($0, "n\(block)a"), t("QKV\(block)"), t("qkv\(block)"))
        }
        let mixed = (0..<4).map { token in
          (0..<2).flatMap { head -> [Double] in
            let own = 3 * head..<3 * head + 3
            func places(_ prefix: String, _ part: Int) -> [[Double]] {
              (0..<length).map { Array(t(prefix)[(6 * $0 + own.lowerBound)...].prefix(3)) }
                + qkv.map { Array($0[(6 * part + own.lowerBound)...]) }
            }
            let query = qkv[token][own]
            let scores = places("keys\(block)", 1).map { key in
              exp(zip(query, key).reduce(0) { $0 + $1.0 * $1.1 } / 3.0.squareRoot())
            }
            let total = scores.reduce(0, +)
            let values = places("values\(block)", 2)
            return (0..<3).map { i in
              zip(scores, values).reduce(0) { $0 + $1.0 / total * $1.1[i] }
            }
          }
        }
        for token in 0..<4 {
          let moved = Plain.dense(mixed[token], t("O\(block)"), t("o\(block)"))
          x[token] = zip(x[token], moved).map { $0 + $1 }
          let wide = Plain.dense(affine(x[token], "n\(block)b"), t("F\(block)"), t("f\(block)"))
          let more = Plain.dense(wide.map { max($0, 0) }, t("G\(block)"), t("g\(block)"))
          x[token] = zip(x[token], more).map { $0 + $1 }
        }
      }
      let read = x.map { affine($0, "n") }
      let mean = (0..<6).map { i in read.reduce(0) { $0 + $1[i] } / 4 }
      let wanted = Plain.dense(mean, t("Y"), t("y"))
      for (a, b) in zip(once.values[row * 3..<(row + 1) * 3], wanted) {
        #expect(abs(Double(a) - b) < 1e-4)
      }
    }
  }

  @Test func whatIsAttentionsOwn() {
    let net = TransformerTarget(side: 8, patch: 2, model: 8, heads: 2, blocks: 2, classes: 10)
    let own = net.tensors.filter(TransformerTarget.isAttention).map(\.name)
    #expect(own == ["QKV1", "qkv1", "O1", "o1", "QKV2", "qkv2", "O2", "o2"])
  }

  /// Every strategy generates it: the shapes fit, and it computes.
  @Test(arguments: StrategyChoice.allCases, ["all", "attention"])
  func everyStrategyGeneratesIt(_ choice: StrategyChoice, _ generated: String) throws {
    let experiment = DigitViews()
    var knobs = KnobValues(experiment.knobs)
    for (knob, value) in [
      ("target", "transformer"), ("generated", generated), ("strategy", choice.rawValue),
      ("target-widths", "8"), ("hyper-widths", "6"), ("conditioning", "input"), ("rank", "2"),
    ] {
      try knobs.set(knob, to: value)
    }
    let model = try experiment.hypernetwork(knobs)
    let graph = Graph()
    let x = graph.input("x", [2, 3, 64])
    let z = graph.input("z", [2, model.contextCount])
    let (weights, outputs) = model.outputs(of: x, contexts: z, theta: Theta(graph))
    #expect(outputs.shape == [2, 3, 10])
    // Every input has weights of its own.
    for (tensor, dense) in zip(
      model.target.tensors, weights.dense(tasks: 6, model.target.tensors))
    {
      #expect(dense.shape == Shape([6] + tensor.shape.dimensions))
    }
    let once = Once(graph, outputs, deviation: 0.2)
    #expect(once.values.allSatisfy { $0.isFinite })
  }

  @Test func anMLPHasNoAttention() throws {
    let experiment = DigitViews()
    var knobs = KnobValues(experiment.knobs)
    try knobs.set("generated", to: "attention")
    #expect(throws: KnobError.self) { try experiment.model(knobs) }
    try knobs.set("target", to: "transformer")
    _ = try experiment.model(knobs)
    try knobs.set("target-widths", to: "9")
    #expect(throws: KnobError.self) { try experiment.model(knobs) }
  }
}

struct HyperTransformerTests {
  private static let targets: [(name: String, target: any LayeredTarget)] = [
    ("cnn", ConvNet(side: 28, channels: 3, depth: 4, classes: 3)),
    ("mlp", MLP(widths: [784, 7, 3], activation: .relu)),
  ]

  private func generator(_ name: String) throws -> (HyperTransformer, any LayeredTarget) {
    let target = try #require(Self.targets.first { $0.name == name }).target
    return (
      HyperTransformer(
        target: target, inputs: 784, side: 28, outputs: 3,
        sizes: .init(model: 16, label: 8, heads: 2, blocks: 1, channels: [4])), target
    )
  }

  /// All weights for six labelled images in some order, in a row.
  private func weights(_ name: String, order: [Int], labels: [Int]) throws -> [Float] {
    let (generator, target) = try generator(name)
    let graph = Graph()
    let (x, y) = (graph.input("x", [1, 6, 784]), graph.input("y", [1, 6, 3]))
    let tensors = generator.weights(x, y, theta: Theta(graph))
    #expect(tensors.map(\.shape) == target.tensors.map { Shape([1] + $0.shape.dimensions) })
    #expect(Set(graph.variableShapes.map(\.name)) == Set(generator.variables.map(\.name)))
    let images = (0..<6).map { RandomKey(seed: 8, stream: .inputs, step: $0).uniform(784) }
    let row = Tensor.concatenate(
      tensors.map { $0.reshaped(to: [1, $0.shape.count]) }, axis: 1)
    return Once(
      graph, row, deviation: 0.2,
      set: [
        "x": order.flatMap { images[$0] },
        "y": order.flatMap { index in (0..<3).map { $0 == labels[index] ? 1 : 0 } },
      ]
    ).values
  }

  /// Two orders of the support set give the same weights; other labels give others.
  @Test(arguments: ["cnn", "mlp"]) func itReadsASet(_ name: String) throws {
    let labels = [0, 1, 2, 0, 1, 2]
    let straight = try weights(name, order: [0, 1, 2, 3, 4, 5], labels: labels)
    let other = try weights(name, order: [4, 2, 5, 0, 3, 1], labels: labels)
    let size = straight.map(abs).max() ?? 0
    #expect(size > 0)
    for (a, b) in zip(straight, other) { #expect(abs(a - b) < 1e-4 * size) }
    let wrong = try weights(name, order: [0, 1, 2, 3, 4, 5], labels: [1, 2, 0, 1, 2, 0])
    #expect(zip(straight, wrong).contains { abs($0 - $1) > 0.01 * size })
  }
}
