import Autodiff
import Foundation
import Testing

/// Updates against their formulas, and a whole training against PyTorch.
@Suite struct OptimiserTests {
  /// The network of Fixtures/make_fixture.py.
  private struct Network {
    static let names = ["w1", "b1", "w2", "b2"]
    static let start = [
      PyTorchFixture.w1, PyTorchFixture.b1, PyTorchFixture.w2, PyTorchFixture.b2,
    ]
    let graph = Graph()
    let parameters: [Tensor]
    let loss: Tensor
    let gradients: [Tensor]

    init() {
      let shapes: [Shape] = [[6, 5], [5], [5, 3], [3]]
      let graph = graph
      let p = zip(Network.names, shapes).map { graph.variable($0, $1) }
      let x = graph.input("x", [7, 6])
      let hidden = (x.matmul(p[0]) + p[1]).tanh()
      let scores = (hidden.matmul(p[2]) + p[3]).logSoftmax()
      let crossEntropy = -((scores * graph.input("one-hot", [7, 3])).sum() / 7)
      let inner = crossEntropy.gradient(of: p)
      let squares = inner.map { $0.sumOfSquares() }
      loss = crossEntropy + 0.5 * squares.dropFirst().reduce(squares[0], +)
      gradients = loss.gradient(of: p)
      parameters = p
    }

    func plan(_ outputs: [Tensor]) -> (Plan, Variables) {
      let variables = Variables(graph)
      for (name, values) in zip(Network.names, Network.start) {
        variables[name] = values.map { Float($0) }
      }
      let plan = Plan(graph, outputs: outputs, variables: variables)
      plan.write(Plain([7, 6], PyTorchFixture.x), to: "x")
      for (row, label) in PyTorchFixture.labels.enumerated() {
        plan.input("one-hot")[3 * row + label] = 1
      }
      return (plan, variables)
    }
  }

  @Test func lossAndGradientsAgreeWithPyTorch() {
    let network = Network()
    let (plan, _) = network.plan([network.loss] + network.gradients)
    plan.run()
    #expect(abs(Double(plan.value(network.loss)[0]) - PyTorchFixture.loss) < 1e-6)
    let expected = [
      PyTorchFixture.w1Gradient, PyTorchFixture.b1Gradient, PyTorchFixture.w2Gradient,
      PyTorchFixture.b2Gradient,
    ]
    for (index, gradient) in network.gradients.enumerated() {
      expectClose(plan.value(gradient), expected[index], Network.names[index], tolerance: 1e-6)
    }
  }

  enum Kind: String, CaseIterable, Sendable { case adam, adamW, sgd, momentum }

  @Test(arguments: Kind.allCases, [false, true])
  func trainingAgreesWithPyTorch(_ kind: Kind, clipped: Bool) {
    let network = Network()
    let graph = network.graph
    let scale =
      clipped
      ? Clipping.clipScale(
        norm: Clipping.globalNorm(network.gradients), limit: graph.constant(0.1)) : nil
    let count = graph.variable("count", [])
    for (parameter, (gradient, name)) in zip(
      network.parameters, zip(network.gradients, Network.names))
    {
      let m = graph.variable(name + ".m", parameter.shape)
      let v = graph.variable(name + ".v", parameter.shape)
      switch kind {
      case .adam:
        graph.update(
          Adam(
            parameter: parameter, gradient: gradient, firstMoment: m, secondMoment: v,
            stepCount: count, rate: graph.constant(0.05), gradientScale: scale))
      case .adamW:
        graph.update(
          AdamW(
            parameter: parameter, gradient: gradient, firstMoment: m, secondMoment: v,
            stepCount: count, rate: graph.constant(0.05), decay: 0.1, gradientScale: scale))
      case .sgd:
        graph.update(
          SGD(
            parameter: parameter, gradient: gradient, rate: graph.constant(0.3),
            gradientScale: scale))
      case .momentum:
        graph.update(
          Momentum(
            parameter: parameter, gradient: gradient, velocity: v, rate: graph.constant(0.1),
            momentum: 0.8, gradientScale: scale))
      }
    }
    let (plan, variables) = network.plan([network.loss])
    for _ in 0..<5 { plan.run() }
    let expected: [Double] =
      switch (kind, clipped) {
      case (.adam, false): PyTorchFixture.adam
      case (.adam, true): PyTorchFixture.adamClipped
      case (.adamW, false): PyTorchFixture.adamW
      case (.adamW, true): PyTorchFixture.adamWClipped
      case (.sgd, false): PyTorchFixture.sgd
      case (.sgd, true): PyTorchFixture.sgdClipped
      case (.momentum, false): PyTorchFixture.momentum
      case (.momentum, true): PyTorchFixture.momentumClipped
      }
    let actual = Network.names.flatMap { variables[$0] }
    actual.withUnsafeBufferPointer { expectClose($0, expected, kind.rawValue, tolerance: 2e-5) }
  }

  @Test func theCandidateStepIsTheStep() {
    let graph = Graph()
    let p = graph.variable("p", [5])
    let gradient = (p.square() * graph.input("scale", [5])).sum().gradient(of: [p])[0]
    let adam = Adam(
      parameter: p, gradient: gradient, firstMoment: graph.variable("m", [5]),
      secondMoment: graph.variable("v", [5]), stepCount: graph.variable("count", []),
      rate: graph.constant(0.1), decay: 0.01)
    let candidate = adam.candidateStep
    graph.update(adam)
    let variables = Variables(graph)
    variables["p"] = [1, -2, 3, -4, 0.5]
    let plan = Plan(graph, outputs: [candidate], variables: variables)
    plan.write(Plain([5], [1, 2, 0.5, 3, 1]), to: "scale")
    for _ in 0..<4 {
      let before = variables["p"]
      plan.run()
      let moved = zip(variables["p"], before).map { Double($0 - $1) }
      expectClose(plan.value(candidate), moved, "candidate", tolerance: 1e-6)
    }
    #expect(variables["count"] == [4])
  }

  @Test func clippingByTheNormOfAllGradients() {
    let graph = Graph()
    let tensors = [graph.input("a", [2]), graph.input("b", [1])]
    let norm = Clipping.globalNorm(tensors)
    let limit = graph.input("limit")
    let scale = Clipping.clipScale(norm: norm, limit: limit)
    let plan = Plan(graph, outputs: [norm, scale], variables: Variables(graph))
    plan.write(Plain([2], [2, 3]), to: "a")
    plan.write(Plain([1], [6]), to: "b")
    for (limit, expected) in [(3.5, 0.5), (8, 1), (0, 1), (.infinity, 1)] as [(Float, Float)] {
      plan.input("limit")[0] = limit
      plan.run()
      #expect(abs(plan.value(norm)[0] - 7) < 1e-5)
      #expect(abs(plan.value(scale)[0] - expected) < 1e-5)
    }
  }

  /// Where nothing is trained there is nothing to scale.
  @Test func clippingOfNothing() {
    let graph = Graph()
    let scale = Clipping.scale(of: [], limit: graph.input("limit"))
    let plan = Plan(
      graph, outputs: [scale], variables: Variables([(name: String, shape: Shape)]()))
    plan.run()
    #expect(plan.value(scale)[0] == 1)
  }
}
