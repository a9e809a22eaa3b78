import Autodiff

/// Matrix products.
extension OperationCase {
  static let products: [OperationCase] = [
    matmul("matrix product") { m, n, k, _ in [[m, k], [k, n]] },
    matmul("matrix products of a batch") { m, n, k, t in [[t, m, k], [t, k, n]] },
    matmul("matrix product with a shared right side") { m, n, k, t in [[t, m, k], [k, n]] },
    matmul("matrix product with a broadcast batch") { m, n, k, t in [[t, 1, m, k], [2, k, n]] },
    matmul(
      "matrix product of transposes", { m, n, k, _ in [[k, m], [n, k]] },
      build: { $0[0].transposed().matmul($0[1].transposed()) },
      meaning: { $0[0].transposed([1, 0]).matmul($0[1].transposed([1, 0])) }),
    matmul("outer product") { m, n, _, t in [[t, m, 1], [t, 1, n]] },
    // As many numbers as a product has, but along the batch.
    matmul(
      "matrix product with a number for each of the batch",
      { m, _, _, t in [[t, m, 2], [t, 1, 1]] },
      build: { $0[0].matmul($0[1].broadcast(to: [$0[1].shape[0], 2, 2])) },
      meaning: { $0[0].matmul($0[1].broadcast(to: [$0[1].shape[0], 2, 2])) }),
    matmul(
      "matrix product of slices", { m, n, k, _ in [[m, k + 2], [k, n + 4]] },
      build: { x in
        let (k, n) = (x[1].shape[0], x[1].shape[1] - 4)
        return x[0].slice(axis: 1, from: 1, count: k).matmul(x[1].slice(axis: 1, from: 3, count: n))
      },
      meaning: { x in
        let (k, n) = (x[1].shape[0], x[1].shape[1] - 4)
        return x[0].slice(1, 1, k).matmul(x[1].slice(1, 3, n))
      }),
  ]

  /// A product in sizes M, N, K and T (the batch): random ones, each of them 0, and all of them 1.
  private static func matmul(
    _ name: String, _ shapes: @escaping @Sendable (Int, Int, Int, Int) -> [[Int]],
    build: @escaping @Sendable ([Tensor]) -> Tensor = { $0[0].matmul($0[1]) },
    meaning: @escaping @Sendable ([Plain]) -> Plain = { $0[0].matmul($0[1]) }
  ) -> OperationCase {
    OperationCase(
      name: name,
      shapes: { generator in
        let (m, n, k) = sizes(&generator)
        return shapes(m, n, k, Int.random(in: 1...3, using: &generator))
      },
      edges: [
        shapes(0, 3, 4, 2), shapes(3, 0, 4, 2), shapes(3, 4, 0, 2), shapes(3, 4, 5, 0),
        shapes(1, 1, 1, 1),
      ], build: build, meaning: meaning)
  }
}
