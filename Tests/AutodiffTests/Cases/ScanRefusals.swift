import Autodiff

/// Scans built wrongly.
extension RefusalCase {
  static let scans: [RefusalCase] = [
    RefusalCase(
      "a scan over sequences of several lengths",
      says: "scan: the sequences a [3, 2], b [4, 2] are not all of length 3 along their first axis"
    ) {
      _ = $0.scan(over: [$0.input("a", [3, 2]), $0.input("b", [4, 2])]) { _, slices, _ in
        ([], slices)
      }
    },
    RefusalCase(
      "a scan of another length than its sequence",
      says: "scan: the sequences a [3, 2] are not all of length 4"
    ) { _ = $0.scan(over: [$0.input("a", [3, 2])], length: 4) { _, slices, _ in ([], slices) } },
    RefusalCase("a scan of no length", says: "scan: without a sequence it needs a length") {
      _ = $0.scan(carrying: [$0.input("a", [3])]) { carries, _, _ in (carries, []) }
    },
    RefusalCase("a scan of a length below 0", says: "scan: a length of -1 is not possible") {
      _ = $0.scan(carrying: [$0.input("a", [3])], length: -1) { carries, _, _ in (carries, []) }
    },
    RefusalCase(
      "a scan over a scalar",
      says: "scan: a sequence has time as its first axis, but rate [] has none"
    ) { _ = $0.scan(over: [$0.input("rate")]) { _, slices, _ in ([], slices) } },
    RefusalCase(
      "a carry that changes its shape", says: "scan: the body makes carries [[4]] of h [2]"
    ) {
      _ = $0.scan(over: [$0.input("x", [3, 2])], carrying: [$0.input("h", [2])]) {
        carries, slices, _ in
        ([Tensor.concatenate([carries[0], slices[0]], axis: 0)], [])
      }
    },
    RefusalCase("a carry that is lost", says: "scan: the body makes carries [] of h [2]") {
      _ = $0.scan(over: [$0.input("x", [3, 2])], carrying: [$0.input("h", [2])]) {
        carries, slices, _ in
        ([], carries + slices)
      }
    },
    RefusalCase(
      "a tensor from outside that a body uses",
      says: "matmul: w [2, 2] is of another graph than the result; what a scan's body needs from "
        + "outside is passed to the scan as a constant"
    ) {
      let weight = $0.variable("w", [2, 2])
      _ = $0.scan(over: [$0.input("x", [3, 1, 2])]) { _, slices, _ in
        ([], [slices[0].matmul(weight)])
      }
    },
    RefusalCase(
      "a tensor from outside that a body gives back",
      says: "scan: the body gives back b [2] from outside of it; pass it as a constant"
    ) {
      let bias = $0.variable("b", [2])
      _ = $0.scan(over: [$0.input("x", [3, 2])]) { _, slices, _ in ([], [slices[0], bias]) }
    },
    RefusalCase(
      "an operand of another graph", says: "scan: x [3, 2] is of another graph than the scan"
    ) { _ = $0.scan(over: [Graph().input("x", [3, 2])]) { _, slices, _ in ([], slices) } },
    RefusalCase(
      "a variable of a body", says: "scan: the body has inputs, variables or updates of its own"
    ) {
      _ = $0.scan(over: [$0.input("x", [3, 2])]) { _, slices, _ in
        ([], [slices[0] * slices[0].graph.variable("w", [2])])
      }
    },
    RefusalCase(
      "a body that makes nothing", says: "scan: the body gives back neither carries nor outputs"
    ) { _ = $0.scan(over: [$0.input("x", [3, 2])]) { _, _, _ in ([], []) } },
  ]
}
