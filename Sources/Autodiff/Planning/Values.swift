import CKernels

/// A stretch of memory that belongs to one value, or to a join and its parts.
struct Buffer {
  enum Kind {
    case input(String)
    case variable(String)
    case constant(Float)
    /// Shares memory with buffers that live at other times.
    case temporary
    /// Keeps its numbers until the next run.
    case output
    /// Memory of the plan around a scan's body, by number. Where it is elsewhere at each time, only
    /// tile programs touch it, whose streams can be moved.
    case external(Int, moves: Bool)
  }

  var kind: Kind
  let count: Int
}

/// What a plan computes at one time and keeps in one place.
struct Value {
  enum Kind {
    case leaf
    case elementwise(weft_elementwise, Float)
    case kernel(any KernelSource)
    case update(any KernelSource)
    /// Parts in one buffer: there when the last of them is.
    case join
    /// Never stored: whoever uses it computes it.
    case absorbed
  }

  var kind: Kind
  var operation: any Operation
  var operands: [Reference]
  let shape: Shape
  let phase: Int
  let buffer: Int
  let layout: Layout
  /// A buffer that belongs to the value's step while it runs.
  var workspace: Int?

  /// Whether it has no result and comes at the end of a run, among the graph's updates.
  var isUpdate: Bool { if case .update = kind { true } else { false } }
}

/// A value as a consumer sees it, through views or not.
struct Reference: Hashable {
  let value: Int
  /// Its places in the value's buffer; the layout's shape is the shape seen.
  var layout: Layout
}

/// The values of a plan in topological order: views resolved to layouts, copies put in where a
/// kernel cannot read one.
struct Values {
  var list: [Value] = []
  private(set) var buffers: [Buffer] = []
  private(set) var outputs: [Reference] = []
  /// Those that are steps of their own.
  var updates: [Int] = []

  private let nodes: [Graph.Node]
  private let placement: Placement
  private var references: [Reference?]
  private var joinBuffers: [Int: Int] = [:]
  private var copies: [Reference: Reference] = [:]
  private let surroundings: Surroundings?

  /// Where the inputs and outputs of a scan's body are.
  struct Surroundings {
    let inputs: [String: Buffer.Kind]
    let outputs: [Buffer.Kind]
  }

  init(_ expansion: Expansion, in surroundings: Surroundings? = nil) {
    self.surroundings = surroundings
    nodes = expansion.graph.nodes
    placement = Placement(expansion)
    references = Array(repeating: nil, count: nodes.count)
    let isUpdate = Set(expansion.graph.updates)
    for index in nodes.indices where expansion.isWanted[index] {
      if isUpdate.contains(index) {
        appendUpdate(index)
      } else {
        references[index] = append(index)
      }
    }
    let readByKernels = surroundings == nil ? [] : valuesReadByKernels
    for (position, output) in expansion.outputs.enumerated() {
      outputs.append(
        surroundings.map { settle(output: output.index, in: $0.outputs[position], readByKernels) }
          ?? settle(output: output.index, updated: !isUpdate.isEmpty))
    }
    absorb()
  }

  private func reference(_ node: Int) -> Reference {
    guard let reference = references[node] else {
      preconditionFailure("\(nodes[node].operation.name): used before it was computed")
    }
    return reference
  }

  private mutating func append(_ index: Int) -> Reference {
    let node = nodes[index]
    let operands = node.operands.map(reference)
    switch node.operation.lowering {
    case .leaf: return leaf(node)
    case .view(let see):
      if let layout = see(operands[0].layout) {
        return Reference(value: operands[0].value, layout: layout)
      }
      let copy = contiguous(operands[0], phase: node.phase)
      guard let layout = see(copy.layout) else {
        preconditionFailure("\(node.operation.name): no view of \(copy.layout.shape)")
      }
      return Reference(value: copy.value, layout: layout)
    case .elementwise(let instruction, let immediate):
      return append(.elementwise(instruction, immediate), node, operands, at: index)
    case .kernel(let source):
      return append(.kernel(source), node, readable(operands, by: source, node), at: index)
    case .join(let axis): return join(index, node, operands, axis: axis)
    case .rewrite: preconditionFailure("\(node.operation.name): was not rewritten")
    }
  }

  private mutating func leaf(_ node: Graph.Node) -> Reference {
    let kind: Buffer.Kind =
      switch node.operation {
      case let input as Input: surroundings?.inputs[input.label] ?? .input(input.label)
      case let variable as Variable: .variable(variable.label)
      case let constant as Constant: .constant(constant.value)
      // No element of it changes during a run.
      case is Empty: .output
      default: preconditionFailure("\(node.operation.name): an unknown leaf")
      }
    let buffer = buffer(kind, node.shape.count)
    return append(.leaf, node, [], buffer, Layout(contiguous: node.shape))
  }

  /// Operands as a kernel can read them.
  private mutating func readable(
    _ operands: [Reference], by source: any KernelSource, _ node: Graph.Node
  ) -> [Reference] {
    operands.enumerated().map { position, operand in
      source.accepts(operand.layout, asOperand: position) && !moves(operand.value)
        ? operand : contiguous(operand, phase: node.phase)
    }
  }

  private mutating func join(
    _ index: Int, _ node: Graph.Node, _ operands: [Reference], axis: Int
  ) -> Reference {
    let (buffer, layout) = spot(index, node.shape)
    var start = 0
    var parts: [Reference] = []
    for (position, operand) in operands.enumerated() {
      let count = operand.layout.shape[axis]
      if placement.isInPlace[index]?[position] == true {
        parts.append(operand)
      } else {
        let target = layout.sliced(axis: axis, from: start, count: count)
        parts.append(copy(operand, to: buffer, target, phase: node.phase))
      }
      start += count
    }
    return append(.join, node, parts, buffer, layout)
  }

  private mutating func appendUpdate(_ index: Int) {
    let node = nodes[index]
    guard case .kernel(let source) = node.operation.lowering else { return }
    // A variable itself is read when the update happens; a view of one, before any update.
    let operands = node.operands.map { operand -> Reference in
      let reference = reference(operand)
      let isView = isVariable(reference.value) && !(nodes[operand].operation is Variable)
      return isView || !source.accepts(reference.layout, asOperand: 0)
        ? contiguous(reference, phase: node.phase) : reference
    }
    updates.append(list.count)
    _ = append(.update(source), node, operands, buffer(.temporary, 0), Layout(contiguous: []))
  }

  private mutating func settle(output index: Int, updated: Bool) -> Reference {
    let reference = reference(index)
    let phase = nodes[index].phase
    switch buffers[list[reference.value].buffer].kind {
    case .input where reference.layout.isContiguous: return reference
    case .variable where reference.layout.isContiguous && !updated: return reference
    case .variable where nodes[index].operation is Variable: return reference
    case .temporary where reference.layout.isContiguous: break
    case .output where reference.layout.isContiguous: return reference
    default:
      let copy = contiguous(reference, phase: phase)
      buffers[list[copy.value].buffer].kind = .output
      return copy
    }
    buffers[list[reference.value].buffer].kind = .output
    return reference
  }

  private var valuesReadByKernels: Set<Int> {
    var result: Set<Int> = []
    for value in list {
      if case .kernel = value.kind { result.formUnion(value.operands.map(\.value)) }
    }
    return result
  }

  /// Puts a result of a scan's body where it belongs: at once where tiles make it and nobody needs it
  /// to stay in one place.
  private mutating func settle(
    output index: Int, in kind: Buffer.Kind, _ readByKernels: Set<Int>
  ) -> Reference {
    let reference = reference(index)
    let value = list[reference.value]
    if case .elementwise = value.kind, case .temporary = buffers[value.buffer].kind,
      !readByKernels.contains(reference.value), value.layout == Layout(contiguous: value.shape),
      buffers[value.buffer].count == value.shape.count, reference.layout.isContiguous,
      reference.layout.shape.count == value.shape.count
    {
      buffers[value.buffer].kind = kind
      return reference
    }
    let shape = reference.layout.shape
    return copy(
      reference, to: buffer(kind, shape.count), Layout(contiguous: shape), phase: nodes[index].phase
    )
  }

  func moves(_ value: Int) -> Bool {
    if case .external(_, moves: true) = buffers[list[value].buffer].kind { true } else { false }
  }

  func isVariable(_ value: Int) -> Bool {
    if case .variable = buffers[list[value].buffer].kind { true } else { false }
  }

  private mutating func buffer(_ kind: Buffer.Kind, _ count: Int) -> Int {
    buffers.append(Buffer(kind: kind, count: count))
    return buffers.count - 1
  }

  /// The buffer and layout a computed node is written to.
  private mutating func spot(_ index: Int, _ shape: Shape) -> (Int, Layout) {
    guard let spot = placement.spots[index] else {
      let isJoin = placement.isInPlace[index] != nil
      let buffer = isJoin ? joinBuffer(index) : buffer(.temporary, shape.count)
      return (buffer, Layout(contiguous: shape))
    }
    return (joinBuffer(spot.root), spot.layout)
  }

  private mutating func joinBuffer(_ root: Int) -> Int {
    if let known = joinBuffers[root] { return known }
    let made = buffer(.temporary, nodes[root].shape.count)
    joinBuffers[root] = made
    return made
  }

  private mutating func append(
    _ kind: Value.Kind, _ node: Graph.Node, _ operands: [Reference], at index: Int
  ) -> Reference {
    let (buffer, layout) = spot(index, node.shape)
    return append(kind, node, operands, buffer, layout)
  }

  private mutating func append(
    _ kind: Value.Kind, _ node: Graph.Node, _ operands: [Reference], _ buffer: Int, _ layout: Layout
  ) -> Reference {
    var workspace: Int?
    if case .kernel(let source) = kind, source.workspaceCount > 0 {
      workspace = self.buffer(.temporary, source.workspaceCount)
    }
    list.append(
      Value(
        kind: kind, operation: node.operation, operands: operands, shape: node.shape,
        phase: node.phase, buffer: buffer, layout: layout, workspace: workspace))
    return Reference(value: list.count - 1, layout: layout)
  }

  private mutating func contiguous(_ source: Reference, phase: Int) -> Reference {
    if let known = copies[source] { return known }
    let shape = source.layout.shape
    let made = copy(
      source, to: buffer(.temporary, shape.count), Layout(contiguous: shape), phase: phase)
    copies[source] = made
    return made
  }

  private mutating func copy(
    _ source: Reference, to buffer: Int, _ layout: Layout, phase: Int
  ) -> Reference {
    list.append(
      Value(
        kind: .elementwise(WEFT_COPY, 0), operation: Copy(), operands: [source],
        shape: layout.shape, phase: phase, buffer: buffer, layout: layout))
    return Reference(value: list.count - 1, layout: layout)
  }
}
