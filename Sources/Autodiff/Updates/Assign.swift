/// variable ← value.
public struct Assign: Update {
  let variable: Tensor
  let value: Tensor

  public init(_ variable: Tensor, _ value: Tensor) {
    self.variable = variable
    self.value = value
  }

  public func place(in graph: Graph) {
    let operation = AssignOperation()
    operation.check([value], haveShapeOf: variable)
    graph.appendUpdate(operation, [variable, value], writing: [variable])
  }
}

private struct AssignOperation: UpdateOperation {
  var name: String { "assign" }
  var written: [Int] { [0] }

  func kernel(_ site: Site) -> Kernel {
    let (target, source) = (site.operands[0].pointer, site.operands[1].pointer)
    return blockwise(site.operands[0].layout.shape.count, nanosecondsPerElement: 0.2) {
      first, count, _ in
      (target + first).update(from: source + first, count: count)
    }
  }
}

/// counter ← counter + 1, at most once a run for each counter however often it is added.
public struct Increment: Update {
  let counter: Tensor

  public init(_ counter: Tensor) { self.counter = counter }

  public func place(in graph: Graph) {
    let operation = IncrementOperation()
    operation.check(scalars: [counter])
    if graph.hasUpdate(operation, [counter]) { return }
    graph.appendUpdate(operation, [counter], writing: [counter])
  }
}

struct IncrementOperation: UpdateOperation {
  var name: String { "increment" }
  var written: [Int] { [0] }

  func kernel(_ site: Site) -> Kernel {
    let counter = site.operands[0].pointer
    return Kernel(nanosecondsPerUnit: 1) { _, _ in counter[0] += 1 }
  }
}
