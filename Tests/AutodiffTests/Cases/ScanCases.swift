import Autodiff
import Foundation

extension OperationCase {
  /// Scans in all their forms: each gives back everything it made as one vector.
  static let scans: [OperationCase] = [
    recurrent("scan", reversed: false),
    recurrent("scan from the end", reversed: true),
    OperationCase(
      name: "scan whose last carry is all that is used", shapes: recurrentShapes,
      edges: recurrentEdges,
      build: { scanned($0, reversed: false).end },
      meaning: { states($0, reversed: false).last ?? $0[0] }),
    OperationCase(
      name: "scan whose last carry is not used", shapes: recurrentShapes, edges: recurrentEdges,
      build: { scanned($0, reversed: true).outputs[1] },
      meaning: { x in
        let all = states(x, reversed: true).dropFirst().reversed().map { $0.map { sin($0) } }
        return Plain([all.count] + x[1].shape, all.flatMap(\.values))
      }),
    OperationCase(
      name: "scan without carries",
      shapes: { [[Int.random(in: 1...4, using: &$0), 2, 3], [3, 2], [2]] },
      edges: [
        [[0, 2, 3], [3, 2], [2]], [[2, 0, 3], [3, 2], [2]], [[2, 2, 0], [0, 2], [2]],
        [[1, 1, 1], [1, 1], [1]],
      ],
      build: { x in
        x[0].graph.scan(over: [x[0]], constants: [x[1], x[2]]) { _, slices, constants in
          ([], [slices[0].matmul(constants[0]) * constants[1]])
        }.outputs[0]
      },
      meaning: { Plain.zip([$0[0].matmul($0[1]), $0[2]]) { $0[0] * $0[1] } }),
    OperationCase(
      name: "scan without sequences", shapes: { [[Int.random(in: 1...3, using: &$0)], []] },
      edges: [[[0], []], [[1], []]],
      build: { x in
        let results = x[0].graph.scan(
          carrying: [x[0]], constants: [x[1]], length: 3
        ) { carries, _, constants in
          let next = (carries[0] * constants[0]).sine()
          return ([next], [next * constants[0]])
        }
        return Tensor.concatenate([results.carries[0], flat(results.outputs[0])], axis: 0)
      },
      meaning: { x in
        let k = x[1].values[0]
        var state = x[0]
        var outputs: [Plain] = []
        for _ in 0..<3 {
          state = state.map { sin($0 * k) }
          outputs.append(state.map { $0 * k })
        }
        return joined([state] + outputs)
      }),
    // Carries that are handed on, exchanged, put out as they are, or not changed at all.
    OperationCase(
      name: "scan of a delay line",
      shapes: {
        let width = Int.random(in: 1...3, using: &$0)
        return [[Int.random(in: 1...4, using: &$0), width], [width], [width], [width]]
      },
      edges: [[[0, 2], [2], [2], [2]], [[2, 0], [0], [0], [0]], [[1], [], [], []]],
      build: { x in
        let results = x[0].graph.scan(
          over: [x[0]], carrying: [x[1], x[2], x[3]]
        ) { carries, slices, _ in
          ([slices[0], carries[0], carries[2]], [carries[1], slices[0], carries[1] * carries[2]])
        }
        return Tensor.concatenate((results.carries + results.outputs).map(flat), axis: 0)
      },
      meaning: { x in
        var (a, b) = (x[1], x[2])
        var delayed: [Plain] = []
        for t in 0..<x[0].shape[0] {
          delayed.append(b)
          (a, b) = (slice(x[0], t), a)
        }
        return joined(
          [a, b, x[3]] + delayed + [x[0]]
            + delayed.map { Plain.zip([$0, x[3]]) { $0[0] * $0[1] } })
      }),
    // The inner scan goes on with the outer one's carry, the other way through time, and gives it back.
    OperationCase(
      name: "scan in a scan",
      shapes: {
        [
          [Int.random(in: 1...3, using: &$0), Int.random(in: 1...3, using: &$0), 2, 2], [2, 2], [2],
        ]
      },
      edges: [
        [[0, 2, 2, 2], [2, 2], [2]], [[2, 0, 2, 2], [2, 2], [2]], [[1, 1, 1, 1], [1, 1], [1]],
      ],
      build: { x in
        let results = x[0].graph.scan(
          over: [x[0]], carrying: [x[1]], constants: [x[2]]
        ) { carries, slices, constants in
          let inner = slices[0].graph.scan(
            over: [slices[0]], carrying: [carries[0]], constants: [constants[0]], reversed: true
          ) { carries, slices, constants in
            let next = (carries[0].matmul(slices[0]) * 0.5 + constants[0]).tanh()
            return ([next], [next])
          }
          return (inner.carries, [inner.outputs[0].sum(axes: [0])])
        }
        return Tensor.concatenate((results.carries + results.outputs).map(flat), axis: 0)
      },
      meaning: { x in
        var state = x[1]
        var sums: [Plain] = []
        for t in 0..<x[0].shape[0] {
          let row = slice(x[0], t)
          var sum = Plain(x[1].shape) { _ in 0 }
          for s in (0..<row.shape[0]).reversed() {
            state = Plain.zip([state.matmul(slice(row, s)), x[2]]) { tanh($0[0] * 0.5 + $0[1]) }
            sum = Plain.zip([sum, state]) { $0[0] + $0[1] }
          }
          sums.append(sum)
        }
        return joined([state] + sums)
      }),
    // A weight of its own for each task, read upright and transposed.
    OperationCase(
      name: "scan with a weight for each task",
      shapes: { [[Int.random(in: 1...3, using: &$0), 2, 3, 2], [2, 3, 2], [2, 2, 2]] },
      edges: [
        [[0, 2, 3, 2], [2, 3, 2], [2, 2, 2]], [[2, 0, 3, 2], [0, 3, 2], [0, 2, 2]],
        [[1, 1, 1, 1], [1, 1, 1], [1, 1, 1]],
      ],
      build: { x in
        let results = x[0].graph.scan(
          over: [x[0]], carrying: [x[1]], constants: [x[2]]
        ) { carries, slices, constants in
          let turned = slices[0].matmul(constants[0].transposed([0, 2, 1]))
          return ([(carries[0].matmul(constants[0]) + turned).tanh()], [])
        }
        return results.carries[0]
      },
      meaning: { x in
        (0..<x[0].shape[0]).reduce(x[1]) { state, t in
          let turned = slice(x[0], t).matmul(x[2].transposed([0, 2, 1]))
          return Plain.zip([state.matmul(x[2]), turned]) { tanh($0[0] + $0[1]) }
        }
      }),
  ]

  private static func recurrent(_ name: String, reversed: Bool) -> OperationCase {
    OperationCase(
      name: name, shapes: recurrentShapes, edges: recurrentEdges,
      build: { x in
        let (end, outputs) = scanned(x, reversed: reversed)
        return Tensor.concatenate(([end] + outputs).map(flat), axis: 0)
      },
      meaning: { x in
        let all = states(x, reversed: reversed)
        let inOrder = reversed ? Array(all.dropFirst().reversed()) : Array(all.dropFirst())
        return joined([all[all.count - 1]] + inOrder + inOrder.map { $0.map { sin($0) } })
      })
  }

  /// No time, no batch, no inputs, no units; and one of each.
  private static let recurrentEdges: [[[Int]]] = [
    [[0, 2, 3], [2, 2], [3, 2], [2, 2], [2]], [[2, 0, 3], [0, 2], [3, 2], [2, 2], [2]],
    [[2, 2, 0], [2, 2], [0, 2], [2, 2], [2]], [[2, 2, 3], [2, 0], [3, 0], [0, 0], [0]],
    [[1, 1, 1], [1, 1], [1, 1], [1, 1], [1]],
  ]

  /// A sequence [T, B, E], a state [B, H], weights [E, H] and [H, H], a bias [H].
  private static func recurrentShapes(_ generator: inout SeededGenerator) -> [[Int]] {
    let n = lengths(3, &generator)
    return [
      [Int.random(in: 1...4, using: &generator), n[0], n[1]], [n[0], n[2]], [n[1], n[2]],
      [n[2], n[2]], [n[2]],
    ]
  }

  private static func scanned(_ x: [Tensor], reversed: Bool) -> (end: Tensor, outputs: [Tensor]) {
    let results = x[0].graph.scan(
      over: [x[0]], carrying: [x[1]], constants: Array(x[2...]), reversed: reversed
    ) { carries, slices, constants in
      let next = recurrentStep(carries[0], slices[0], constants)
      return ([next], [next, next.sine()])
    }
    return (results.carries[0], results.outputs)
  }

  private static func recurrentStep(_ state: Tensor, _ x: Tensor, _ weights: [Tensor]) -> Tensor {
    (x.matmul(weights[0]) + state.matmul(weights[1]) * 0.3 + weights[2]).tanh()
  }

  /// The state before the first step and after each.
  private static func states(_ x: [Plain], reversed: Bool) -> [Plain] {
    let times = Array(0..<x[0].shape[0])
    return (reversed ? times.reversed() : times).reduce(into: [x[1]]) { states, t in
      let state = states[states.count - 1]
      let sums = [slice(x[0], t).matmul(x[2]), state.matmul(x[3]), x[4]]
      states.append(Plain.zip(sums) { tanh($0[0] + 0.3 * $0[1] + $0[2]) })
    }
  }

  private static func flat(_ x: Tensor) -> Tensor { x.reshaped(to: [x.shape.count]) }

  private static func slice(_ x: Plain, _ t: Int) -> Plain {
    x.slice(0, t, 1).reshaped(Array(x.shape.dropFirst()))
  }

  private static func joined(_ parts: [Plain]) -> Plain {
    let values = parts.flatMap(\.values)
    return Plain([values.count], values)
  }
}
