import Learning
import Training

/// Generated weights: pinning them, and editing them by hand.
extension Model {
  /// The generated weight under the cursor.
  var selectedWeight: (specification: TensorSpecification, index: Int, value: Float)? {
    guard let probe, probe.weights.indices.contains(weights.tensor) else { return nil }
    let tensor = probe.weights[weights.tensor]
    let grid = TensorGrid(tensor.specification)
    guard (0..<grid.rows).contains(weights.row), (0..<grid.columns).contains(weights.column) else {
      return nil
    }
    let index = grid.index(row: weights.row, column: weights.column)
    guard tensor.values.indices.contains(index) else { return nil }
    return (tensor.specification, index, tensor.values[index])
  }

  /// A weight of the target network is not a number that is stored anywhere: H writes it. What can be
  /// changed is the bias of the head that writes it, W = h V + a: it shifts this weight for every
  /// context by the same amount, and training goes on from there.
  mutating func editWeight(to value: Float) -> [Request] {
    guard let (tensor, index, present) = selectedWeight else { return [] }
    let variable = "head.\(tensor.name).bias"
    guard let bias = snapshot.parameters[variable], index < bias.count else {
      tell(.failure, "the generator of \(tensor.name) has no bias, so its weights cannot be edited")
      return []
    }
    let before = bias[bias.startIndex + index]
    let after = before + (value - present)
    guard after.isFinite else { return [] }
    history.record(.weight(variable: variable, index: index, from: before, to: after), at: now)
    tell(
      .success,
      "\(tensor.name)[\(weights.row),\(weights.column)] shifted by "
        + "\((value - present).short) for every context: the head's bias was changed")
    expect("\(variable)[\(index)] is now")
    return [.train(.write(variable: variable, index: index, value: after))]
  }

  mutating func togglePin() {
    if let pin, pin.step == snapshot.step, pin.context == context {
      self.pin = nil
      weights.showsDifference = false
      tell(.notice, "pin let go")
      return
    }
    guard let probe else {
      tell(.warning, "there are no weights to pin yet")
      return
    }
    pin = Pin(
      weights: probe.weights, context: probe.context, step: probe.step, history: snapshot.history,
      behaviour: probe.behaviour)
    tell(.success, "pinned step \(probe.step); d shows the difference")
  }

  mutating func toggleDifference() {
    guard pin != nil else {
      tell(.warning, "pin something with c first")
      return
    }
    weights.showsDifference.toggle()
    tell(.notice, weights.showsDifference ? "difference to the pin" : "weights as they are")
  }
}

extension TensorGrid {
  /// Of no tensor.
  static let empty = TensorGrid(rows: 0, columns: 0)

  private init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
  }
}
