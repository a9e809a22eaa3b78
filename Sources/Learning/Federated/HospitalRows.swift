import Foundation

/// Patients of several hospitals and whether something happened to each: the rows stay with the hospitals.
/// About a third of each hospital's patients is unseen, of either outcome as far as there are enough.
///
/// Hospitals with fewer than eight patients stand together as `others`, who are trained on. A fifth of the
/// rest come late: nobody trains with them.
package struct HospitalRows: ClientFamily {
  /// What a person reads beside the loss.
  package typealias Measure = OutcomeMeasure

  package static let fewest = 8
  static let fewestHospitals = 3
  package static let others = "others"

  package let tasks: [TaskDescription]
  package let rows: ClientRows
  package let objective = Objective.crossEntropy
  package let pictureCount = 101
  private let measure: Measure
  private let encoding: RowEncoding
  /// The span of the first input.
  private let span: ClosedRange<Double>
  /// By task: the first input of its patients, and what happened.
  private let points: [[(x: Float, y: Float)]]

  package init(
    _ table: PatientTable, split: Int, measure: Measure = .accuracy
  ) throws(KnobError) {
    var hospitals = table.hospitals.filter { $0.patients.count >= Self.fewest }
    let small = table.hospitals.filter { $0.patients.count < Self.fewest }
    guard hospitals.count >= Self.fewestHospitals else {
      throw KnobError(
        "\(table.name) has too few hospitals of \(Self.fewest) patients or more, \(hospitals.count); three "
          + "are needed, two to learn from and one that comes late", ofData: true)
    }
    let late = Self.late(of: hospitals.count, split: split)
    var ordered = hospitals.indices.filter { !late.contains($0) }.map { hospitals[$0] }
    let together = small.flatMap(\.patients)
    // One patient cannot be learned from and measured too.
    if together.count > 1 { ordered.append(.init(name: Self.others, patients: together)) }
    let trainedCount = ordered.count
    ordered += hospitals.indices.filter(late.contains).map { hospitals[$0] }
    hospitals = ordered

    let parts = hospitals.map {
      RowParting.drawn.parts($0.patients, split: split, client: $0.name)
    }
    let sums = parts.map {
      ColumnSums($0.training, and: $0.unseen, columns: table.columns.count)
    }
    encoding = RowEncoding(
      trained: Array(sums[..<trainedCount]), all: sums, columns: table.columns.count, outcomes: 2)
    let encoding = encoding
    rows = ClientRows(
      parts.map {
        .init(
          training: $0.training.map(encoding.row), unseen: $0.unseen.map(encoding.row))
      }, inputs: encoding.inputCount, outputs: 2)
    tasks = hospitals.enumerated().map { index, hospital in
      TaskDescription(
        hospital.name, role: index < trainedCount ? .training : .heldOut,
        attributes: Self.attributes(
          label: table.label, patients: hospital.patients.count,
          happened: hospital.patients.count { $0.outcome == 1 }))
    }
    let first = hospitals.flatMap(\.patients).compactMap { $0.x[0] }
    span = (first.min() ?? 0)...(first.max() ?? 1)
    points = hospitals.map { hospital in
      hospital.patients.compactMap { patient in
        patient.x[0].map { (x: Float($0), y: Float(patient.outcome)) }
      }
    }
    self.measure = measure
  }

  static func attributes(
    label: String, patients: Int, happened: Int
  ) -> [TaskDescription.Attribute] {
    let share = Double(happened) / Double(max(patients, 1))
    return [
      .init("patients", Double(patients)), .init(label, (100 * share).rounded(), unit: "%"),
    ]
  }

  /// Which of so many hospitals come late.
  package static func late(of count: Int, split: Int) -> Set<Int> {
    let late = max(1, Int((Double(count) / 5).rounded()))
    return Set(RandomKey(seed: UInt64(split), stream: .split).permutation(count).prefix(late))
  }

  package var metricName: String { measure.rawValue }

  package func metric(
    outputs: UnsafeBufferPointer<Float>, targets: UnsafeBufferPointer<Float>
  ) -> Float? {
    measure.metric(outputs: outputs, targets: targets)
  }

  package func measures(
    of task: Int, outputs: UnsafeBufferPointer<Float>
  ) -> [(name: String, value: Float)] {
    let targets = (0..<evaluationCount).flatMap { place in
      let row = rows.unseenRow(place, of: task)
      return rows.y[2 * row..<2 * row + 2]
    }
    return targets.withUnsafeBufferPointer { Measure.all(outputs: outputs, targets: $0) }
  }

  private func place(_ index: Int) -> Double {
    span.lowerBound + (span.upperBound - span.lowerBound) * Double(index)
      / Double(pictureCount - 1)
  }

  /// Along the first input, everything else as it is on average.
  package func fillPicture(reference: Int?, x: UnsafeMutableBufferPointer<Float>) {
    x.update(repeating: 0)
    for index in 0..<pictureCount {
      x[index * inputCount] = encoding.standards?[0].scaled(place(index)) ?? 0
    }
  }

  /// The chance that it happens.
  package func behaviour(
    reference: Int?, outputs: UnsafeBufferPointer<Float>
  ) -> Behaviour {
    .curve(
      .init(
        x: (0..<pictureCount).map { Float(place($0)) },
        prediction: Measure.scores(outputs).map { 1 / (1 + expf(-$0)) }, truth: nil,
        points: reference.map { points[$0] } ?? [], error: nil))
  }
}
