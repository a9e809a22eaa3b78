extension Tensor {
  /// softmax(q kᵀ / √d) v (Vaswani et al. 2017) for queries [..., S, d], keys [..., L, d] and values
  /// [..., L, e]: [..., S, e]. Leading axes (episodes, heads) are the batch.
  ///
  /// - Parameter mask: [..., S, L], broadcast; a query does not see a key where it is 0.
  public func attention(keys: Tensor, values: Tensor, mask: Tensor? = nil) -> Tensor {
    let (q, k, v) = (shape.dimensions, keys.shape.dimensions, values.shape.dimensions)
    require(
      q.count >= 2 && k.count >= 2 && v.count >= 2 && q.last == k.last && q.last != 0
        && k.suffix(2).first == v.suffix(2).first && k.suffix(2).first != 0,
      "attention: queries \(words), keys \(keys.words) and values \(values.words) do not fit "
        + "[..., S, d], [..., L, d] and [..., L, e] with L and d of at least 1")
    let scale = 1 / Float(shape[shape.rank - 1]).squareRoot()
    var scores = matmul(keys.transposed()) * scale
    // Less than any score can be, yet finite: a row of nothing but masked keys stays a number.
    if let mask { scores = Tensor.select(mask, scores, otherwise: graph.constant(-1e30)) }
    return scores.softmax().matmul(values)
  }
}
