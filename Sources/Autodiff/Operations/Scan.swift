/// A body repeated over time. Dual to a scan in the other direction.
///
/// Operands are the sequences [T, ...], the carries as they start, and the constants. An operation has
/// one result, so all of the body's results lie in it one after the other: for each carry its value
/// before the first time and after every time (T + 1 slots in the order of time, or 2 that take turns
/// where only the end is wanted), for each output a sequence [T, ...], for each total a sum.
struct Scan: Operation {
  let body: ScanBody
  let length: Int
  let isReversed: Bool
  /// By carry: whether its values at all times are kept.
  let keeps: [Bool]
  /// Where each part of the result starts: carries, outputs, totals.
  private let starts: [Int]

  init(_ body: ScanBody, length: Int, isReversed: Bool, keeps: [Bool]? = nil) {
    self.body = body
    self.length = length
    self.isReversed = isReversed
    let keeps = keeps ?? body.carries.map { _ in true }
    self.keeps = keeps
    var starts = [0]
    func add(_ count: Int) { starts.append(starts[starts.count - 1] + count) }
    for (carry, keeps) in zip(body.carries, keeps) {
      add(Shape([keeps ? length + 1 : 2] + carry.shape.dimensions).count)
    }
    for output in body.outputs { add(Shape([length] + output.shape.dimensions).count) }
    for total in body.totals { add(total.shape.count) }
    self.starts = starts
  }

  var name: String { "scan" }
  var lowering: Lowering { .kernel(ScanKernel(self)) }

  func shape(of operands: [Shape]) -> Shape { [starts[starts.count - 1]] }

  /// The time of a step.
  func time(_ step: Int) -> Int { isReversed ? length - 1 - step : step }

  /// The slot of a carry before a step (after the last one for `length`).
  func slot(_ step: Int, ofCarry carry: Int) -> Int {
    let slots = keeps[carry] ? length + 1 : 2
    return isReversed ? slots - 1 - step % slots : step % slots
  }

  func range(ofCarry index: Int) -> Range<Int> { starts[index]..<starts[index + 1] }

  func range(ofOutput index: Int) -> Range<Int> {
    let part = body.carries.count + index
    return starts[part]..<starts[part + 1]
  }

  func range(ofTotal index: Int) -> Range<Int> {
    let part = body.carries.count + body.outputs.count + index
    return starts[part]..<starts[part + 1]
  }

  /// A carry after the last step.
  func range(ofEnd carry: Int) -> Range<Int> {
    let first = slot(length, ofCarry: carry)
    return range(ofCarry: carry, slots: first..<first + 1)
  }

  /// A kept carry before each step, in order of time.
  func range(beforeSteps carry: Int) -> Range<Int> {
    range(ofCarry: carry, slots: isReversed ? 1..<length + 1 : 0..<length)
  }

  /// A kept carry after each step, in order of time.
  func range(afterSteps carry: Int) -> Range<Int> {
    range(ofCarry: carry, slots: isReversed ? 0..<length : 1..<length + 1)
  }

  private func range(ofCarry carry: Int, slots: Range<Int>) -> Range<Int> {
    let count = body.carries[carry].shape.count
    return starts[carry] + slots.lowerBound * count..<starts[carry] + slots.upperBound * count
  }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    let carries = body.carries.indices
    let ends = carries.map { cotangent.part(range(ofEnd: $0)) }
    let befores = carries.map { cotangent.part(range(beforeSteps: $0)) }
    let outputs = body.outputs.indices.map { cotangent.part(range(ofOutput: $0)) }
    let totals = body.totals.indices.map { cotangent.part(range(ofTotal: $0)) }
    if (ends + befores + outputs + totals).allSatisfy({ $0 == nil }) {
      return operands.map { _ in nil }
    }
    let reverse = body.reverse(
      ScanReverse.Given(
        outputs: outputs.map { $0 != nil }, befores: befores.map { $0 != nil },
        totals: totals.map { $0 != nil }))

    let sequences =
      Array(operands.prefix(body.slices.count))
      + carries.map { sequence(result.slice(range(beforeSteps: $0)), of: body.carries[$0]) }
      + zip(outputs, body.outputs).compactMap { part, output in
        part.map { sequence($0, of: output) }
      }
      + zip(befores, body.carries).compactMap { part, carry in
        part.map { sequence($0, of: carry) }
      } + body.saved.map { output($0, in: result) }
    let constants =
      Array(operands.suffix(body.constants.count))
      + zip(totals, body.totals).compactMap { $0?.reshaped(to: $1.shape) }
    let scan = Scan(reverse.body, length: length, isReversed: !isReversed)
    let flat = result.graph.append(
      scan,
      reverse.slices.map { sequences[$0] }
        + zip(ends, body.carries).map { end, carry in
          end?.reshaped(to: carry.shape) ?? result.graph.constant(0, carry.shape)
        } + reverse.constants.map { constants[$0] })
    let stacks = ScanReverse.Stacks(
      sequences: sequences,
      outputs: scan.body.outputs.indices.map { scan.output($0, in: flat) },
      totals: scan.body.totals.indices.map { scan.total($0, in: flat) })
    return reverse.ofSlices.map { $0?(stacks) } + carries.map { scan.end($0, in: flat) }
      + reverse.ofConstants.map { $0?(stacks) }
  }

  private func sequence(_ flat: Tensor, of slice: Tensor) -> Tensor {
    flat.reshaped(to: Shape([length] + slice.shape.dimensions))
  }

  /// An output at all times: [T, ...].
  func output(_ index: Int, in flat: Tensor) -> Tensor {
    sequence(flat.slice(range(ofOutput: index)), of: body.outputs[index])
  }

  /// A carry after each time: [T, ...].
  func carry(_ index: Int, in flat: Tensor) -> Tensor {
    sequence(flat.slice(range(afterSteps: index)), of: body.carries[index])
  }

  /// A carry after the last step.
  func end(_ carry: Int, in flat: Tensor) -> Tensor {
    flat.slice(range(ofEnd: carry)).reshaped(to: body.carries[carry].shape)
  }

  func total(_ index: Int, in flat: Tensor) -> Tensor {
    flat.slice(range(ofTotal: index)).reshaped(to: body.totals[index].shape)
  }
}

extension Graph {
  /// Repeats a body over time, t = 0, 1, …, T − 1 (or from the end), planned once however long it is.
  ///
  /// The body is called once, while building. It sees nothing of this graph but what it is given:
  /// whatever else it needs is passed as `constants`. Derivatives by all operands are scans as well,
  /// of any order; for them carries and products of matrices are kept, and all else is computed again.
  ///
  /// - Parameters:
  ///   - sequences: tensors [T, ...] whose slices [...] the body is given.
  ///   - carries: what the body is given at its first time, and changes; each keeps its shape.
  ///   - constants: tensors the body is given at every time.
  ///   - length: T, needed where there is no sequence. With 0 the carries are given back as they are.
  ///   - reversed: whether time runs from T − 1 to 0; outputs are in order of time all the same.
  ///   - body: given carries, slices and constants, makes the new carries and the outputs of a time.
  /// - Returns: the carries after the last time, and each output at all times: [T, ...].
  public func scan(
    over sequences: [Tensor] = [], carrying carries: [Tensor] = [], constants: [Tensor] = [],
    length: Int? = nil, reversed: Bool = false,
    body: (_ carries: [Tensor], _ slices: [Tensor], _ constants: [Tensor]) -> (
      carries: [Tensor], outputs: [Tensor]
    )
  ) -> (carries: [Tensor], outputs: [Tensor]) {
    let operands = sequences + carries + constants
    for operand in operands {
      require(operand.graph === self, "scan: \(operand.words) is of another graph than the scan")
    }
    let length = Graph.scanLength(sequences, length)
    let slices = sequences.map { Shape(Array($0.shape.dimensions.dropFirst())) }

    let inner = Graph()
    let given = (
      slices: inner.inputs("slice", slices), carries: inner.inputs("carry", carries.map(\.shape)),
      constants: inner.inputs("constant", constants.map(\.shape))
    )
    let results = body(given.carries, given.slices, given.constants)
    inner.checkScan(results, carries, given: operands.count)
    if length == 0 {
      return (carries, results.outputs.map { constant(0, Shape([0] + $0.shape.dimensions)) })
    }
    // An output that is a carry is kept as one.
    let carried = results.outputs.map { output in
      results.carries.firstIndex { $0.index == output.index }
    }
    let own = results.outputs.indices.filter { carried[$0] == nil }
    let scan = Scan(
      ScanBody(
        saving: inner, slices: given.slices, carries: given.carries, constants: given.constants,
        newCarries: results.carries, outputs: own.map { results.outputs[$0] }),
      length: length, isReversed: reversed)
    let flat = append(scan, operands)
    var next = 0
    let outputs = carried.map { carry in
      if let carry { return scan.carry(carry, in: flat) }
      defer { next += 1 }
      return scan.output(next, in: flat)
    }
    return (carries.indices.map { scan.end($0, in: flat) }, outputs)
  }

  private static func scanLength(_ sequences: [Tensor], _ given: Int?) -> Int {
    for sequence in sequences {
      require(
        sequence.shape.rank >= 1,
        "scan: a sequence has time as its first axis, but \(sequence.words) has none")
    }
    let lengths = sequences.map { $0.shape[0] }
    guard let length = given ?? lengths.first else {
      refuse("scan: without a sequence it needs a length")
    }
    require(
      (0..<Int.max).contains(length), "scan: a length of \(length) is not possible")
    require(
      lengths.allSatisfy { $0 == length },
      "scan: the sequences \(list(sequences)) are not all of length \(length) along their first axis"
    )
    return length
  }

  /// Checks what a scan's body, whose graph this is, made of its carries.
  private func checkScan(
    _ results: (carries: [Tensor], outputs: [Tensor]), _ carries: [Tensor], given: Int
  ) {
    let all = results.carries + results.outputs
    require(!all.isEmpty, "scan: the body gives back neither carries nor outputs")
    for tensor in all {
      require(
        tensor.graph === self,
        "scan: the body gives back \(tensor.words) from outside of it; pass it as a constant")
    }
    require(
      results.carries.map(\.shape) == carries.map(\.shape),
      "scan: the body makes carries \(results.carries.map(\.shape)) of \(Graph.list(carries)); "
        + "their number and shapes must stay")
    require(
      inputs.count == given && variables.isEmpty && updates.isEmpty,
      "scan: the body has inputs, variables or updates of its own; make them outside and pass them "
        + "as constants")
  }

  private static func list(_ tensors: [Tensor]) -> String {
    tensors.map(\.words).joined(separator: ", ")
  }
}
