import Foundation
import Learning
import Testing

/// Patients by hospital, embedded and of one's own.
struct HospitalTests {
  /// A folder of files that is gone after the test.
  private final class Folder {
    let path = NSTemporaryDirectory() + "weft-" + UUID().uuidString

    init(_ files: [String: String]) throws {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      for (name, text) in files {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name))
      }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  private func refuses(_ files: [String: String], _ words: String) throws {
    let folder = try Folder(files)
    #expect {
      _ = try HospitalRows(PatientTable.named(folder.path), split: 0)
    } throws: {
      guard let error = $0 as? KnobError else { return false }
      return error.isOfData && error.description.contains(words)
    }
  }

  /// 228 patients, of whom 42 were watched for less than a year and one is of no known hospital.
  @Test func theEmbeddedPatients() throws {
    let table = try PatientTable.named("")
    #expect(table.unknownCount == 43)
    #expect(table.hospitals.reduce(0) { $0 + $1.patients.count } == 185)
    #expect(table.hospitals.count == 18)
    for split in 0..<6 {
      let family = try HospitalRows(table, split: split)
      #expect(family.tasks.count == 10 && family.heldOutTasks.count == 2)
      #expect(family.tasks.count { $0.name == "others" && $0.role == .training } == 1)
      #expect(family.inputCount == 12)
      let rows = family.rows
      #expect(zip(rows.training, rows.unseen).reduce(0) { $0 + $1.0.count + $1.1.count } == 185)
      #expect(rows.x.allSatisfy { $0.isFinite })
      #expect(try #require(family.mostShots) >= 6)
    }
  }

  /// By pairs: one half for a pair that is level.
  @Test func theAreaUnderTheCurveIsTheShareOfPairsInOrder() {
    typealias Rows = OutcomeMeasure
    #expect(Rows.areaUnderCurve(scores: [1, 2, 3, 4], happened: [false, false, true, true]) == 1)
    #expect(Rows.areaUnderCurve(scores: [4, 3, 2, 1], happened: [false, false, true, true]) == 0)
    #expect(Rows.areaUnderCurve(scores: [1, 1, 1], happened: [true, false, true]) == 0.5)
    #expect(Rows.areaUnderCurve(scores: [1, 2], happened: [true, true]) == nil)
    let scores = RandomKey(seed: 1, stream: .noise).normal(40).map { ($0 * 2).rounded() }
    let happened = RandomKey(seed: 2, stream: .noise).normal(40).map { $0 > 0.3 }
    var (sum, pairs): (Float, Float) = (0, 0)
    for i in 0..<40 where happened[i] {
      for j in 0..<40 where !happened[j] {
        pairs += 1
        sum += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0
      }
    }
    let area = Rows.areaUnderCurve(scores: scores, happened: happened) ?? 0
    #expect(abs(area - sum / pairs) < 1e-6)
  }

  private static func hospital(
    _ patients: Int, died: (Int) -> Int, columns: String = "age,sex,died"
  )
    -> String
  {
    columns + "\n"
      + (0..<patients).map { patient in
        columns.split(separator: ",").map { column in
          switch column {
          case "age": "\(40 + patient)"
          case "sex": patient == 3 ? "NA" : "\(patient % 2)"
          case "died": "\(died(patient))"
          default: "\(patient)"
          }
        }.joined(separator: ",") + "\n"
      }.joined()
  }

  private static let four = [
    "a.csv": hospital(12) { $0 % 2 },
    // In another order, with a column that nobody asked for.
    "b.csv": hospital(9, died: { $0 % 3 == 0 ? 1 : 0 }, columns: "room,died,sex,age"),
    // One outcome.
    "c.csv": hospital(10) { _ in 1 },
    "d.csv": hospital(8) { $0 % 2 },
    // Few patients.
    "e.csv": hospital(3) { _ in 0 },
  ]

  @Test func aFolderOfHospitals() throws {
    let folder = try Folder(Self.four)
    let table = try PatientTable.named(folder.path)
    #expect(table.columns == ["age", "sex"] && table.label == "died")
    #expect(table.hospitals.map(\.name) == ["a", "b", "c", "d", "e"])
    #expect(table.hospitals.contains { $0.patients.contains { $0.x[1] == nil } })
    let family = try HospitalRows(table, split: 0)
    #expect(family.inputCount == 3)
    #expect(Set(family.tasks.map(\.name)) == ["a", "b", "c", "d", "others"])
    // A missing value is the mean, which is 0, and an input that says so.
    let gaps = stride(from: 0, to: family.rows.x.count, by: 3).filter { family.rows.x[$0 + 2] == 1 }
    #expect(gaps.count == 4 && gaps.allSatisfy { family.rows.x[$0 + 1] == 0 })
    // The other columns' order is the same.
    #expect(
      stride(from: 0, to: family.rows.x.count, by: 3).allSatisfy { abs(family.rows.x[$0]) < 5 })
  }

  @Test func aFileSaysWhichColumnsThereAre() throws {
    var files = Self.four
    files["about.yaml"] = "label: sex\ncolumns: [age]\nmissing: [NA, 43]\n"
    let folder = try Folder(files)
    let table = try PatientTable.named(folder.path)
    #expect(table.columns == ["age"] && table.label == "sex")
    // The label of patient 3 of four hospitals is missing, and of each one's the age 43 as well.
    #expect(table.unknownCount == 4)
    for (yaml, words) in [
      ("lable: died", "'lable', which nobody reads; it names label, columns and missing"),
      ("columns: age", "no list of names"), ("- a", "no lines such as"),
      ("label: [", "is not YAML"),
      ("label: &x a\ncolumns: *x", "anchors"), ("label: dead", "no column 'dead'"),
      ("columns: [age, height]", "no column 'height'"),
      ("columns: [age, died]", "among the columns"),
    ] {
      files["about.yaml"] = yaml
      try refuses(files, words)
    }
    files["more.yml"] = "label: died"
    try refuses(files, "2 YAML files")
  }

  @Test func whatCannotBeUsedIsSaid() throws {
    try refuses([:], "no CSV file")
    try refuses(["a.csv": Self.four["a.csv"] ?? ""], "too few hospitals of 8 patients or more, 1;")
    var files = Self.four
    files["b.csv"] = "age,died\n1,0\n"
    try refuses(
      files, "'b.csv' has no column 'sex'".replacingOccurrences(of: "'b.csv'", with: "b.csv'"))
    files["b.csv"] = "age,sex,died\n1,x,0\n"
    try refuses(files, "sex is 'x', not a number")
    files["b.csv"] = "age,sex,died\n1,0,2\n"
    try refuses(files, "line 2 of")
    files["b.csv"] = ""
    try refuses(files, "is empty")
    let healthy = ["a", "b", "c"].reduce(into: [:]) {
      $0[$1 + ".csv"] = Self.hospital(9) { _ in 0 }
    }
    try refuses(healthy, "one outcome of 'died' in all hospitals")
    #expect {
      _ = try PatientTable.named("/nowhere/at/all")
    } throws: { ($0 as? KnobError)?.isOfData == true }
  }
}
