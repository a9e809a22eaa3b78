import Autodiff
import Testing

/// What a scan cannot do is refused while building, by a sentence; also in an optimised build.
@Suite struct ScanRefusalTests {
  private func says(_ result: ExitTest.Result?, _ words: String) -> Bool {
    String(decoding: result?.standardErrorContent ?? [], as: UTF8.self).contains(words)
  }

  @Test func lengthsThatDiffer() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let graph = Graph()
      _ = graph.scan(over: [graph.input("a", [3, 2]), graph.input("b", [4, 2])]) { _, slices, _ in
        ([], slices)
      }
    }
    #expect(says(result, "scan: the sequences [[3, 2], [4, 2]] are not all of length 3"))
  }

  @Test func noLengthAtAll() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let graph = Graph()
      _ = graph.scan(carrying: [graph.input("a", [3])]) { carries, _, _ in (carries, []) }
    }
    #expect(says(result, "scan: without a sequence it needs a length"))
  }

  @Test func noTimeAtAll() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let graph = Graph()
      _ = graph.scan(carrying: [graph.input("a", [3])], length: 0) { carries, _, _ in (carries, [])
      }
    }
    #expect(says(result, "scan: needs a length of at least 1, not 0"))
  }

  @Test func aScalarAsSequence() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let graph = Graph()
      _ = graph.scan(over: [graph.input("a")]) { _, slices, _ in ([], slices) }
    }
    #expect(says(result, "scan: a sequence has time as its first axis, a scalar has none"))
  }

  @Test func carriesThatChangeShape() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let graph = Graph()
      _ = graph.scan(over: [graph.input("x", [3, 2])], carrying: [graph.input("h", [2])]) {
        carries, slices, _ in
        ([Tensor.concatenate([carries[0], slices[0]], axis: 0)], [])
      }
    }
    #expect(says(result, "scan: the body makes carries [[4]] of [[2]]"))
  }

  @Test func tensorsFromOutside() async {
    let used = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let graph = Graph()
      let weight = graph.variable("w", [2, 2])
      _ = graph.scan(over: [graph.input("x", [3, 1, 2])]) { _, slices, _ in
        ([], [slices[0].matmul(weight)])
      }
    }
    #expect(says(used, "matmul: [2, 2] is of another graph than the result; what a scan's body"))
    let given = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let graph = Graph()
      let bias = graph.variable("b", [2])
      _ = graph.scan(over: [graph.input("x", [3, 2])]) { _, slices, _ in ([], [slices[0], bias]) }
    }
    #expect(says(given, "scan: the body gives back a tensor from outside of it; pass it as a"))
  }

  @Test func leavesOfItsOwn() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let graph = Graph()
      _ = graph.scan(over: [graph.input("x", [3, 2])]) { _, slices, _ in
        ([], [slices[0] * slices[0].graph.variable("w", [2])])
      }
    }
    #expect(says(result, "scan: the body has inputs, variables or updates of its own"))
  }

  @Test func aBodyThatMakesNothing() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let graph = Graph()
      _ = graph.scan(over: [graph.input("x", [3, 2])]) { _, _, _ in ([], []) }
    }
    #expect(says(result, "scan: the body gives back neither carries nor outputs"))
  }
}
