import Autodiff
import Foundation
import Testing

/// A graph built wrongly, and what is said about it.
struct RefusalCase: Sendable, CustomTestStringConvertible {
  let name: String
  let sentence: String
  let build: @Sendable (Graph) -> Void

  var testDescription: String { name }

  init(_ name: String, says sentence: String, _ build: @escaping @Sendable (Graph) -> Void) {
    self.name = name
    self.sentence = sentence
    self.build = build
  }

  static let all = shapes + scans

  private static let shapes: [RefusalCase] = [
    RefusalCase(
      "matrix product",
      says: "matmul: hidden [8, 16] and weights [32, 16] do not fit [..., M, K] and [..., K, N]"
    ) { _ = $0.input("hidden", [8, 16]).matmul($0.variable("weights", [32, 16])) },
    RefusalCase(
      "matrix product of a vector", says: "matmul: x [8] and transpose of weights [16, 32]"
    ) { _ = $0.input("x", [8]).matmul($0.variable("weights", [32, 16]).transposed()) },
    RefusalCase(
      "matrix products of batches",
      says: "matmul: the leading axes of a [2, 3, 4] and b [3, 4, 5] do not broadcast"
    ) { _ = $0.input("a", [2, 3, 4]).matmul($0.input("b", [3, 4, 5])) },
    RefusalCase(
      "elementwise", says: "add: x [2, 3], bias [4] do not broadcast to one shape"
    ) { _ = $0.input("x", [2, 3]) + $0.variable("bias", [4]) },
    RefusalCase(
      "nothing is no stretched axis", says: "multiply: x [0, 3], y [2, 3] do not broadcast"
    ) { _ = $0.input("x", [0, 3]) * $0.input("y", [2, 3]) },
    RefusalCase("broadcast", says: "broadcast: x [2, 3] does not stretch to [4, 3]") {
      _ = $0.input("x", [2, 3]).broadcast(to: [4, 3])
    },
    RefusalCase("sum to a shape", says: "sum: [4], to which x [2, 3] is to be summed") {
      _ = $0.input("x", [2, 3]).sum(to: [4])
    },
    RefusalCase("an axis there is not", says: "sum: x [2, 3] has no axis 2") {
      _ = $0.input("x", [2, 3]).sum(axes: [2])
    },
    RefusalCase("reshape", says: "reshape: x [2, 3] has 6 elements, [4] 4") {
      _ = $0.input("x", [2, 3]).reshaped(to: [4])
    },
    RefusalCase("transpose", says: "transpose: [0, 0] is no order of the axes of x [2, 3]") {
      _ = $0.input("x", [2, 3]).transposed([0, 0])
    },
    RefusalCase("transpose of a vector", says: "transpose: x [3] has fewer than two axes") {
      _ = $0.input("x", [3]).transposed()
    },
    RefusalCase("slice", says: "slice: x [2, 3] has no 3 elements from 1 on along axis 1") {
      _ = $0.input("x", [2, 3]).slice(axis: 1, from: 1, count: 3)
    },
    RefusalCase(
      "slice beyond all numbers", says: "slice: x [2, 3] has no \(Int.max) elements from 1"
    ) { _ = $0.input("x", [2, 3]).slice(axis: 1, from: 1, count: .max) },
    RefusalCase("pad", says: "pad: -1 zeros before and 2 after x [2, 3] on axis 0") {
      _ = $0.input("x", [2, 3]).padded(axis: 0, before: -1, after: 2)
    },
    RefusalCase(
      "concatenate", says: "concatenate: x [2, 3], y [3, 3] differ beside axis 1"
    ) { _ = Tensor.concatenate([$0.input("x", [2, 3]), $0.input("y", [3, 3])], axis: 1) },
    RefusalCase(
      "concatenate ranks", says: "concatenate: x [2, 3], y [3] differ in their number of axes"
    ) { _ = Tensor.concatenate([$0.input("x", [2, 3]), $0.input("y", [3])], axis: 0) },
    RefusalCase(
      "gather", says: "gather: wants a table [N, E] with rows and indices [T], not table [4] and"
    ) { _ = $0.variable("table", [4]).gather(rows: $0.input("tokens", [3])) },
    RefusalCase("gather from nothing", says: "not table [0, 3] and tokens [2]") {
      _ = $0.variable("table", [0, 3]).gather(rows: $0.input("tokens", [2]))
    },
    RefusalCase(
      "scatter-add",
      says: "scatterAdd: wants rows [T, E] and indices [T], not x [2, 3] and tokens [3]"
    ) { _ = $0.input("x", [2, 3]).scatterAdd(rows: $0.input("tokens", [3]), of: 4) },
    RefusalCase("scatter-add into nothing", says: "for a table of 0 rows") {
      _ = $0.input("x", [2, 3]).scatterAdd(rows: $0.input("tokens", [2]), of: 0)
    },
    RefusalCase("pick", says: "pick: wants values [..., N] with N of at least 1 and indices") {
      _ = $0.input("x", [2, 3]).pick($0.input("labels", [3]))
    },
    RefusalCase("one-hot", says: "oneHot: rows of 0 numbers hold no index labels [3]") {
      _ = $0.input("labels", [3]).oneHot(0)
    },
    RefusalCase(
      "cross-entropy",
      says:
        "cross-entropy: wants logits [..., N] and labels [...], not logits [2, 3] and labels [3]"
    ) { _ = $0.input("logits", [2, 3]).crossEntropy(labels: $0.input("labels", [3])) },
    RefusalCase("cumulative sum", says: "cumulative sum: x [] has no axis 0") {
      _ = $0.input("x", []).cumulativeSum(axis: 0)
    },
    RefusalCase("maximum of nothing", says: "maximum over: x [0, 3] has nothing along axis 0") {
      _ = $0.input("x", [0, 3]).maximum(axis: 0)
    },
    RefusalCase("log-sum-exp", says: "logSumExp: x [3, 0] has nothing along its last axis") {
      _ = $0.input("x", [3, 0]).logSumExp()
    },
    RefusalCase("mean of nothing", says: "mean: x [0, 3] has no elements along the axes [0]") {
      _ = $0.input("x", [0, 3]).mean(axes: [0])
    },
    RefusalCase("mean of nothing at all", says: "mean: x [0] has no elements") {
      _ = $0.input("x", [0]).mean()
    },
    RefusalCase(
      "convolution",
      says: "convolution: images x [2, 8, 8, 3] and kernels k [3, 3, 4, 5] do not fit"
    ) { _ = $0.input("x", [2, 8, 8, 3]).convolved(with: $0.variable("k", [3, 3, 4, 5])) },
    RefusalCase(
      "a kernel larger than the image",
      says: "convolution: a window 9 × 9 with stride 1 and padding 0 does not fit on images x"
    ) { _ = $0.input("x", [2, 8, 8, 3]).convolved(with: $0.variable("k", [9, 9, 3, 5])) },
    RefusalCase("a stride of 0", says: "convolution: a window 3 × 3 with stride 0") {
      _ = $0.input("x", [2, 8, 8, 3]).convolved(with: $0.variable("k", [3, 3, 3, 5]), stride: 0)
    },
    RefusalCase("a kernel without rows", says: "convolution: a window 0 × 3") {
      _ = $0.input("x", [2, 8, 8, 3]).convolved(with: $0.variable("k", [0, 3, 3, 5]))
    },
    RefusalCase("pooling", says: "maximum pooling: a window 0 × 0 with stride 0") {
      _ = $0.input("x", [2, 8, 8, 3]).maximumPooled(0)
    },
    RefusalCase("pooling of a vector", says: "average pooling: wants images [..., B, H, W, C]") {
      _ = $0.input("x", [8]).averagePooled(2)
    },
    RefusalCase(
      "attention",
      says: "attention: queries q [2, 4, 8], keys k [2, 5, 9] and values v [2, 5, 3] do not fit"
    ) {
      _ = $0.input("q", [2, 4, 8])
        .attention(keys: $0.input("k", [2, 5, 9]), values: $0.input("v", [2, 5, 3]))
    },
    RefusalCase("attention without keys", says: "with L and d of at least 1") {
      _ = $0.input("q", [2, 4, 8])
        .attention(keys: $0.input("k", [2, 0, 8]), values: $0.input("v", [2, 0, 3]))
    },
    RefusalCase(
      "squared distances", says: "squared distances: a [4, 3] and b [5, 2] do not fit"
    ) { _ = $0.input("a", [4, 3]).squaredDistances(to: $0.input("b", [5, 2])) },
    RefusalCase("gradient of a vector", says: "gradient: wants a scalar, not x [3]") {
      _ = $0.input("x", [3]).gradient(of: [])
    },
    RefusalCase(
      "a name for two tensors", says: "input x [4]: the name stands for input x [3] already"
    ) {
      _ = $0.input("x", [3])
      _ = $0.input("x", [4])
    },
    RefusalCase("a length below 0", says: "a shape needs lengths of at least 0, not [2, -1]") {
      _ = $0.input("x", [2, -1])
    },
    RefusalCase("a size no memory holds", says: "has more elements than can be counted") {
      _ = $0.input("x", [1 << 40, 1 << 40]).shape.count
    },
    RefusalCase("two graphs", says: "add: y [2] is of another graph than the result") {
      _ = $0.input("x", [2]) + Graph().input("y", [2])
    },
    RefusalCase(
      "an update of another shape", says: "SGD: w [2, 3], transpose of w [3, 2] differ in shape"
    ) {
      let w = $0.variable("w", [2, 3])
      $0.update(SGD(parameter: w, gradient: w.transposed(), rate: $0.input("rate")))
    },
    RefusalCase("an update of an input", says: "assign: x [2] is no variable") {
      $0.update(Assign($0.input("x", [2]), $0.constant(0, [2])))
    },
    RefusalCase("a rate of many numbers", says: "SGD: wants scalars, not rate [2]") {
      let w = $0.variable("w", [2])
      $0.update(SGD(parameter: w, gradient: w, rate: $0.input("rate", [2])))
    },
    RefusalCase("an input there is not", says: "no input “y”; there are x") {
      let plan = Plan($0, outputs: [$0.input("x", [2]).exp()], variables: Variables($0))
      _ = plan.input("y")
    },
    RefusalCase("no output of a plan", says: "x [2] (input x) is no output of this plan") {
      let plan = Plan($0, outputs: [$0.input("x", [2]).exp()], variables: Variables($0))
      _ = plan.value($0.input("x", [2]))
    },
  ]
}

/// What does not fit is refused while building, in a sentence with the operation, the shapes and the
/// names, in an optimised build too.
@Suite struct RefusalTests {
  @Test(arguments: RefusalCase.all.indices)
  func isASentence(_ index: Int) async throws {
    let result = try await #require(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [index] in
      RefusalCase.all[index].build(Graph())
    }
    let said = String(decoding: result.standardErrorContent, as: UTF8.self)
    let wanted = RefusalCase.all[index].sentence
    #expect(said.contains(wanted), "\(RefusalCase.all[index].name): \(said)")
  }
}
