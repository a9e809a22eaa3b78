import Foundation

/// Patients of several hospitals and whether something happened to each: the rows stay with the hospitals.
/// About a third of each hospital's patients is unseen, of either outcome as far as there are enough.
///
/// Hospitals with fewer than eight patients stand together as `others`, who are trained on. A fifth of the
/// rest come late: nobody trains with them.
package struct HospitalRows: ClientFamily {
  /// What a person reads beside the loss.
  package enum Measure: String, CaseIterable, Sendable {
    case accuracy
    case auc = "AUC"
  }

  package static let fewest = 8
  package static let others = "others"

  package let tasks: [TaskDescription]
  package let rows: ClientRows
  package let objective = Objective.crossEntropy
  package let pictureCount = 101
  private let measure: Measure
  private let inputs: [Standard]
  /// The span of the first input.
  private let span: ClosedRange<Double>
  /// By task: the first input of its patients, and what happened.
  private let points: [[(x: Float, y: Float)]]

  package init(
    _ table: PatientTable, split: Int, measure: Measure = .accuracy
  ) throws(KnobError) {
    var hospitals = table.hospitals.filter { $0.patients.count >= Self.fewest }
    let small = table.hospitals.filter { $0.patients.count < Self.fewest }
    guard hospitals.count >= 3 else {
      throw KnobError(
        "\(table.name) has too few hospitals of \(Self.fewest) patients or more, \(hospitals.count); three "
          + "are needed, two to learn from and one that comes late", ofData: true)
    }
    let lateCount = max(1, Int((Double(hospitals.count) / 5).rounded()))
    let late = Set(
      RandomKey(seed: UInt64(split), stream: .split).permutation(hospitals.count)
        .prefix(lateCount))
    var ordered = hospitals.indices.filter { !late.contains($0) }.map { hospitals[$0] }
    let together = small.flatMap(\.patients)
    // One patient cannot be learned from and measured too.
    if together.count > 1 { ordered.append(.init(name: Self.others, patients: together)) }
    let trainedCount = ordered.count
    ordered += hospitals.indices.filter(late.contains).map { hospitals[$0] }
    hospitals = ordered

    let parts = hospitals.enumerated().map { index, hospital in
      Self.parts(hospital.patients, split: split, index: index)
    }
    let trained = parts.prefix(trainedCount).flatMap(\.training)
    inputs = table.columns.indices.map { column in Standard(trained.compactMap { $0.x[column] }) }
    let (inputs, marked) = (inputs, table.columnsWithGaps)
    func row(_ patient: PatientTable.Patient) -> ClientRows.Client.Row {
      // The mean stands for what is missing, and an input of its own says so.
      let values = zip(inputs, patient.x).map { standard, value in
        value.map(standard.scaled) ?? 0
      }
      let gaps = marked.map { patient.x[$0] == nil ? Float(1) : 0 }
      return (x: values + gaps, y: patient.happened ? [0, 1] : [1, 0])
    }
    rows = ClientRows(
      parts.map { .init(training: $0.training.map(row), unseen: $0.unseen.map(row)) },
      inputs: inputs.count + marked.count, outputs: 2)
    tasks = hospitals.enumerated().map { index, hospital in
      let share = Double(hospital.patients.count { $0.happened }) / Double(hospital.patients.count)
      return TaskDescription(
        hospital.name, role: index < trainedCount ? .training : .heldOut,
        attributes: [
          .init("patients", Double(hospital.patients.count)),
          .init(table.label, (100 * share).rounded(), unit: "%"),
        ])
    }
    let first = hospitals.flatMap(\.patients).compactMap { $0.x[0] }
    span = (first.min() ?? 0)...(first.max() ?? 1)
    points = hospitals.map { hospital in
      hospital.patients.compactMap { patient in
        patient.x[0].map { (x: Float($0), y: patient.happened ? 1 : 0) }
      }
    }
    self.measure = measure
  }

  /// A third of the patients of either outcome unseen, at least one patient of all, and at least one left.
  private static func parts(
    _ patients: [PatientTable.Patient], split: Int, index: Int
  ) -> (training: [PatientTable.Patient], unseen: [PatientTable.Patient]) {
    let order = RandomKey(seed: UInt64(split), stream: .split, step: 1 + index)
      .permutation(patients.count).map { patients[$0] }
    var (training, unseen): ([PatientTable.Patient], [PatientTable.Patient]) = ([], [])
    for outcome in [true, false] {
      let own = order.filter { $0.happened == outcome }
      let count = own.count > 1 ? max(own.count / 3, 1) : 0
      unseen += own.prefix(count)
      training += own.dropFirst(count)
    }
    if unseen.isEmpty, let one = training.popLast() { unseen.append(one) }
    return (training, unseen)
  }

  package var metricName: String { measure.rawValue }

  package func metric(
    outputs: UnsafeBufferPointer<Float>, targets: UnsafeBufferPointer<Float>
  ) -> Float? {
    guard measure == .auc else {
      return objective.accuracy(outputs: outputs, targets: targets, classes: 2)
    }
    // Where everybody's outcome is the same no order is better than another.
    return Self.areaUnderCurve(
      scores: Self.scores(outputs),
      happened: stride(from: 1, to: targets.count, by: 2).map {
        targets[$0] == 1
      }) ?? 0.5
  }

  package func measures(
    of task: Int, outputs: UnsafeBufferPointer<Float>
  ) -> [(name: String, value: Float)] {
    let places = 0..<evaluationCount
    let happened = places.map { rows.y[2 * rows.unseenRow($0, of: task) + 1] == 1 }
    let scores = Self.scores(outputs)
    let right = zip(scores, happened).count { ($0 > 0) == $1 }
    let area = Self.areaUnderCurve(scores: scores, happened: happened)
    return [("accuracy", Float(right) / Float(max(places.count, 1)))]
      + (area.map { [("auc", $0)] } ?? [])
  }

  private static func scores(_ outputs: UnsafeBufferPointer<Float>) -> [Float] {
    stride(from: 0, to: outputs.count - 1, by: 2).map { outputs[$0 + 1] - outputs[$0] }
  }

  /// The share of pairs of one to whom it happened and one to whom it did not of whom the first has the
  /// higher score, equal ones being half right: the area under the receiver's curve, by ranks (Mann &
  /// Whitney 1947). Nil where there is no such pair.
  package static func areaUnderCurve(scores: [Float], happened: [Bool]) -> Float? {
    let positives = happened.count { $0 }
    let negatives = happened.count - positives
    guard positives > 0, negatives > 0 else { return nil }
    let order = scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
    var ranks = 0.0
    var first = 0
    while first < order.count {
      var last = first
      while last + 1 < order.count, scores[order[last + 1]] == scores[order[first]] { last += 1 }
      let rank = Double(first + last) / 2 + 1
      for place in first...last where happened[order[place]] { ranks += rank }
      first = last + 1
    }
    let least = Double(positives) * Double(positives + 1) / 2
    return Float((ranks - least) / (Double(positives) * Double(negatives)))
  }

  private func place(_ index: Int) -> Double {
    span.lowerBound + (span.upperBound - span.lowerBound) * Double(index)
      / Double(pictureCount - 1)
  }

  /// Along the first input, everything else as it is on average.
  package func fillPicture(reference: Int?, x: UnsafeMutableBufferPointer<Float>) {
    x.update(repeating: 0)
    for index in 0..<pictureCount { x[index * inputCount] = inputs[0].scaled(place(index)) }
  }

  /// The chance that it happens.
  package func behaviour(
    reference: Int?, outputs: UnsafeBufferPointer<Float>
  ) -> Behaviour {
    .curve(
      .init(
        x: (0..<pictureCount).map { Float(place($0)) },
        prediction: Self.scores(outputs).map { 1 / (1 + expf(-$0)) }, truth: nil,
        points: reference.map { points[$0] } ?? [], error: nil))
  }
}
