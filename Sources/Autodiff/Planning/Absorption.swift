import CKernels

/// Steps that take over what others would do: the sum after a product, the gradient before an update,
/// the update after the last product with a weight.
extension Values {
  mutating func absorb() {
    absorbSums()
    absorbGradients()
    absorbUpdates()
  }

  /// By value: how often it is read, as an output too.
  private var readers: [Int] {
    var readers = [Int](repeating: 0, count: list.count)
    for value in list { for operand in value.operands { readers[operand.value] += 1 } }
    for output in outputs { readers[output.value] += 1 }
    return readers
  }

  /// Lets updates make gradients themselves that nobody else needs and that are products over few
  /// examples, or sums of a few blocks.
  private mutating func absorbGradients() {
    let readers = readers
    for index in updates {
      guard let update = list[index].operation as? any GradientUpdate else { continue }
      let reference = list[index].operands[1]
      let gradient = list[reference.value]
      guard readers[reference.value] == 1, reference.layout.isContiguous,
        reference.layout.offset == 0, reference.layout.shape.count == gradient.shape.count,
        // What an update changes must not be read by another one.
        gradient.operands.allSatisfy({ !isVariable($0.value) })
      else { continue }
      let layouts = gradient.operands.map(\.layout)
      if gradient.operation is Matmul, ProductUpdate.canAbsorb(layouts[0], layouts[1]) {
        absorb(reference.value, of: index, into: ProductUpdate(update: update))
      } else if let sum = gradient.operation as? Sum, SumUpdate.canAbsorb(sum, layouts[0]) {
        absorb(
          reference.value, of: index,
          into: SumUpdate(update: update, blocks: layouts[0].shape[0]))
      }
    }
  }

  /// Lets products add what is added to them, where the sum would be a step of its own.
  private mutating func absorbSums() {
    let readers = readers
    /// Whether an elementwise value sees all of it in its order, and so may compute it itself.
    var isFused = [Bool](repeating: false, count: list.count)
    for value in list {
      guard case .elementwise = value.kind else { continue }
      for operand in value.operands
      where operand.layout.shape.count == list[operand.value].shape.count
        && operand.layout.isContiguous
      {
        isFused[operand.value] = true
      }
    }
    for index in list.indices {
      let sum = list[index]
      guard case .elementwise(WEFT_ADD, _) = sum.kind, !isFused[index], !moves(index) else {
        continue
      }
      for position in 0..<2 {
        let (seen, added) = (sum.operands[position], sum.operands[1 - position])
        let product = list[seen.value]
        guard product.operation is Matmul, case .kernel = product.kind, product.shape.rank == 2,
          product.phase == sum.phase, product.workspace == nil, readers[seen.value] == 1,
          seen.layout.isContiguous, product.layout.isContiguous,
          seen.layout.offset == product.layout.offset,
          seen.layout.shape.count == product.shape.count,
          // What is added is there before the product, so nothing has to live longer.
          added.value < seen.value || isLeaf(added.value), !moves(added.value),
          !isOwnPart(added.value, readers[added.value])
        else { continue }
        let whole = MatmulAdd(rows: product.shape[0], columns: product.shape[1])
        guard whole.canWrite(sum.layout), whole.accepts(added.layout, asOperand: 2) else {
          continue
        }
        list[index].kind = .kernel(whole)
        list[index].operation = whole
        list[index].operands = product.operands + [added]
        list[seen.value].kind = .absorbed
        list[seen.value].operands = []
        break
      }
    }
  }

  fileprivate func isLeaf(_ value: Int) -> Bool {
    if case .leaf = list[value].kind { true } else { false }
  }

  /// Whether a sum with it is computed in one step with it.
  private func isOwnPart(_ value: Int, _ readers: Int) -> Bool {
    if case .elementwise = list[value].kind { readers == 1 } else { false }
  }

  /// Puts the operands of a gradient in its place among those of its update, the second after the last.
  private mutating func absorb(_ gradient: Int, of index: Int, into update: any UpdateOperation) {
    let operands = list[gradient].operands
    list[gradient].kind = .absorbed
    list[gradient].operands = []
    list[index].kind = .update(update)
    list[index].operation = update
    list[index].operands[1] = operands[0]
    list[index].operands += operands.dropFirst()
  }

  /// Lets the last product with a large weight update it too: it is brought from memory once for both.
  private mutating func absorbUpdates() {
    for index in updates {
      guard let product = LastProduct(before: index, in: self) else { continue }
      list[product.value].kind = .kernel(product.merged)
      list[product.value].operation = product.merged
      list[product.value].operands = list[index].operands
      list[index].kind = .absorbed
      list[index].operands = []
      updates.removeAll { $0 == index }
    }
  }
}

/// The product g Wᵀ with a weight W and the very g of which its gradient aᵀ g is made, where nothing
/// reads the weight afterwards but its update.
private struct LastProduct {
  let value: Int
  let merged: PassingUpdate

  /// Nil where there is none, or where the update needs what is not there yet.
  init?(before index: Int, in values: Values) {
    let list = values.list
    guard let update = list[index].operation as? ProductUpdate else { return nil }
    let operands = list[index].operands
    let (weight, factor) = (operands[0], operands[operands.count - 1])
    guard PassingUpdate.pays(weight.layout, factor.layout) else { return nil }
    let written = Set(update.written.map { list[operands[$0].value].buffer })
    let users = list.indices.filter { user in
      user != index && list[user].operands.contains { written.contains(list[$0.value].buffer) }
    }
    guard let value = users.last,
      let merged = PassingUpdate(update, list[value], weight: weight, factor: factor),
      operands.allSatisfy({ $0.value < value || values.isLeaf($0.value) }),
      LastProduct.areSettled(update, operands, before: index, in: values)
    else { return nil }
    let isBefore = LastProduct.ancestors(of: value, list)
    guard users.dropLast().allSatisfy({ isBefore[$0] }) else { return nil }
    (self.value, self.merged) = (value, merged)
  }

  /// Whether no other update changes what this one reads, but for its counter: that is a step behind
  /// then, which the update makes up for, and serves for nothing else.
  private static func areSettled(
    _ update: ProductUpdate, _ operands: [Reference], before index: Int, in values: Values
  ) -> Bool {
    let list = values.list
    let buffers = operands.map { list[$0.value].buffer }
    var steps = 0
    for other in values.updates where other != index {
      let operation = list[other].operation as? any UpdateOperation
      for position in operation?.written ?? [] {
        let buffer = list[list[other].operands[position].value].buffer
        guard buffers.contains(buffer) else { continue }
        guard operation is IncrementOperation, other < index,
          update.update.counter.map({ buffers[$0] == buffer }) == true,
          buffers.count(where: { $0 == buffer }) == 1
        else { return false }
        steps += 1
      }
    }
    return steps == (update.update.counter == nil ? 0 : 1)
  }

  /// By value: whether it is computed before this one in any order of steps.
  private static func ancestors(of value: Int, _ list: [Value]) -> [Bool] {
    var result = [Bool](repeating: false, count: list.count)
    var open = [value]
    while let next = open.popLast() {
      for operand in list[next].operands where !result[operand.value] {
        result[operand.value] = true
        open.append(operand.value)
      }
    }
    return result
  }
}
