import Autodiff
import Foundation

/// Operations on each element by itself.
extension OperationCase {
  static let elementwise: [OperationCase] = [
    .binary("add", { $0 + $1 }, { $0 + $1 }),
    .binary("subtract", { $0 - $1 }, { $0 - $1 }),
    .binary("multiply", { $0 * $1 }, { $0 * $1 }),
    .binary("divide", in: 0.5...2, { $0 / $1 }, { $0 / $1 }),
    .binary("maximum", { $0.maximum($1) }, { max($0, $1) }),
    .binary("minimum", { $0.minimum($1) }, { min($0, $1) }),
    .unary("add a constant", { $0 + 1.5 }, { $0 + 1.5 }),
    .unary("multiply by a constant", { -2.5 * $0 }, { -2.5 * $0 }),
    .unary("negate", { -$0 }, { -$0 }),
    .unary("absolute value", { $0.abs() }, { abs($0) }),
    .unary("square", { $0.square() }, { $0 * $0 }),
    .unary("square root", in: 0.25...4, { $0.sqrt() }, { $0.squareRoot() }),
    .unary("reciprocal", in: 0.5...2, { $0.reciprocal() }, { 1 / $0 }),
    .unary("exponential", { $0.exp() }, { exp($0) }),
    .unary("logarithm", in: 0.25...4, { $0.log() }, { log($0) }),
    .unary("hyperbolic tangent", { $0.tanh() }, { tanh($0) }),
    .unary("sigmoid", { $0.sigmoid() }, { 1 / (1 + exp(-$0)) }),
    .unary("sine", in: -6...6, { $0.sine() }, { sin($0) }),
    .unary("cosine", in: -6...6, { $0.cosine() }, { cos($0) }),
    .unary("error function", { $0.erf() }, { erf($0) }),
    .unary("softplus", in: -6...6, { $0.softplus() }, { log1p(exp($0)) }),
    .unary("ReLU", { $0.relu() }, { max($0, 0) }),
    .unary("GELU", { $0.gelu() }, { 0.5 * $0 * (1 + erf($0 / 2.0.squareRoot())) }),
    .unary("SiLU", { $0.silu() }, { $0 / (1 + exp(-$0)) }),
    .unary("leaky ReLU", { $0.leakyReLU(slope: 0.2) }, { $0 > 0 ? $0 : 0.2 * $0 }),
    .binary("less", { $0.less($1) }, { $0 < $1 ? 1 : 0 }),
    .binary("equal", { $0.sign().equal($1.sign()) }, { ($0 > 0) == ($1 > 0) ? 1 : 0 }),
    OperationCase(
      name: "dropout",
      shapes: { generator in
        let shape = OperationCase.shape(&generator)
        return [shape, shape]
      },
      edges: alikeEdges(2), domain: 0...1,
      build: { $0[0].dropout(noise: $0[1].stopGradient(), keep: $0[0].graph.constant(0.6)) },
      meaning: { Plain.zip($0) { $0[1] < 0.6 ? $0[0] / 0.6 : 0 } }),
    .unary("step", { $0.step() }, { $0 > 0 ? 1 : 0 }),
    .unary("sign", { $0.sign() }, { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }),
    .binary("greater", { $0.greater($1) }, { $0 > $1 ? 1 : 0 }),
    OperationCase(
      name: "select", shapes: broadcasting(3), edges: broadcastingEdges(3),
      build: { Tensor.select($0[0].step(), $0[1], otherwise: $0[2]) },
      meaning: { Plain.zip($0) { $0[0] > 0 ? $0[1] : $0[2] } }),
    OperationCase(
      name: "stop gradient", shapes: alike(1), edges: alikeEdges(1),
      isConstantToGradient: true, build: { $0[0].stopGradient() }, meaning: { $0[0] }),
  ]
}
