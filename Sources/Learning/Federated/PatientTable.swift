import CDataSets
import Foundation
import Yams

/// Patients by hospital, with columns of numbers, some of them missing, and what happened or not.
package struct PatientTable: Sendable {
  package struct Hospital: Sendable {
    package let name: String
    /// Their outcome is 1 where it happened.
    package var patients: [LabelledRow]
  }

  /// What a sentence calls it.
  package let name: String
  package let columns: [String]
  /// What may happen, in a word.
  package let label: String
  package let hospitals: [Hospital]
  /// How many patients are left out because nobody knows what happened to them.
  package let unknownCount: Int

  /// The embedded patients, or those of a folder with a CSV file for each hospital.
  package static func named(_ path: String) throws(KnobError) -> PatientTable {
    path.isEmpty ? try embedded.get() : try PatientTable(folder: path)
  }

  // MARK: The embedded patients

  private static let embedded = Result { () throws(KnobError) in
    let file = weft_lung()
    return try PatientTable(
      lung: CSVTable(
        Data(UnsafeBufferPointer(start: file.start, count: file.count)),
        named: "the embedded table"))
  }

  /// Patients with advanced lung cancer of the North Central Cancer Treatment Group (Loprinzi et al. 1994):
  /// who died within a year. Of some it is not known, as they were watched for less than a year, and one
  /// is of no hospital that is known: they are left out.
  private init(lung table: CSVTable) throws(KnobError) {
    name = table.name
    columns = ["age", "sex", "ph.ecog", "ph.karno", "pat.karno", "meal.cal", "wt.loss"]
    label = "died"
    let places = try Self.places(of: columns, in: table)
    let time = try table.index(of: "time")
    let status = try table.index(of: "status")
    let institution = try table.index(of: "inst")
    var patients: [Int: [LabelledRow]] = [:]
    var unknown = 0
    for row in table.rows {
      guard let days = try table.number(row, time), let died = try table.number(row, status),
        let hospital = try table.number(row, institution), days >= 365 || died == 1
      else {
        unknown += 1
        continue
      }
      var x: [Double?] = []
      for place in places { x.append(try table.number(row, place)) }
      patients[Int(hospital), default: []].append(LabelledRow(x: x, outcome: days < 365 ? 1 : 0))
    }
    unknownCount = unknown
    hospitals = patients.keys.sorted().map {
      Hospital(name: "inst\($0)", patients: patients[$0] ?? [])
    }
  }

  private static func places(
    of columns: [String], in table: CSVTable
  ) throws(KnobError) -> [Int] {
    var places: [Int] = []
    for column in columns { places.append(try table.index(of: column)) }
    return places
  }

  // MARK: One's own

  private static let mostHospitals = 500
  private static let mostPatients = 200_000

  /// A CSV file a hospital, whose columns may stand in any order; a YAML file among them may name `label`
  /// and `columns` (else those that most files have, see `TableLayout`), and what stands for `missing`.
  init(folder path: String) throws(KnobError) {
    func wrong(_ what: String) -> KnobError { KnobError("'\(path)' \(what)", ofData: true) }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw KnobError(
        "there is nothing at '\(path)'; give a folder with a CSV file for each hospital",
        ofData: true)
    }
    guard isFolder.boolValue,
      let names = try? FileManager.default.contentsOfDirectory(atPath: path).inNaturalOrder
    else { throw wrong("is no folder that can be read; give one with a CSV file a hospital") }
    let files = names.filter { $0.lowercased().hasSuffix(".csv") }
    guard !files.isEmpty else { throw wrong("has no CSV file; give one for each hospital") }
    guard files.count <= Self.mostHospitals else {
      throw wrong(
        "has \(files.count) CSV files, more than the \(Self.mostHospitals) that are taken")
    }
    let settings = names.filter {
      $0.lowercased().hasSuffix(".yaml") || $0.lowercased().hasSuffix(".yml")
    }
    guard settings.count <= 1 else {
      throw wrong("has \(settings.count) YAML files; one says which columns there are")
    }
    var layout = Layout()
    if let file = settings.first { layout = try Layout(path: path + "/" + file) }
    var tables: [(hospital: String, table: CSVTable)] = []
    var count = 0
    for file in files {
      let table = try CSVTable(path: path + "/" + file)
      count += table.rows.count
      guard count <= Self.mostPatients else {
        throw wrong("has more than the \(Self.mostPatients) patients that are taken; give fewer")
      }
      tables.append((String(file.dropLast(4)), table))
    }
    guard !tables.contains(where: { $0.hospital == HospitalRows.others }) else {
      throw wrong(
        "has a hospital 'others', which is what small ones are called; name it differently")
    }
    let common = TableLayout(
      tables: tables.map(\.table.columns), label: layout.label, columns: layout.columns,
      missing: layout.missing)
    guard let common else {
      throw wrong(
        "has no label and column to predict it from that most of its files share; name label and columns "
          + "in a YAML file, the label not among the columns")
    }
    let (label, columns) = (common.label, common.columns)
    var outcomes: Set<String> = []
    var unknown = 0
    for (_, table) in tables {
      let place = try table.index(of: label)
      for row in table.rows where !layout.missing.contains(row.fields[place].lowercased()) {
        outcomes.insert(row.fields[place])
        guard outcomes.count <= 2 else {
          throw KnobError(
            "line \(row.line) of \(table.name): '\(row.fields[place].prefix(40))' is a third outcome of "
              + "'\(label)'; two are told apart", ofData: true)
        }
      }
    }
    guard outcomes.count == 2 else {
      throw wrong(
        "has \(outcomes.count == 1 ? "one outcome" : "no outcome") of '\(label)' in all hospitals; two "
          + "are told apart")
    }
    let words = Self.ordered(outcomes)
    var hospitals: [Hospital] = []
    for (name, table) in tables {
      let (rows, unlabelled) = try table.rows(common, outcomes: words)
      unknown += unlabelled
      hospitals.append(Hospital(name: name, patients: rows))
    }
    for (index, column) in columns.enumerated() {
      guard hospitals.contains(where: { $0.patients.contains { $0.x[index] != nil } }) else {
        throw wrong("has no value of '\(column)' in any hospital; leave it out of columns")
      }
    }
    self.name = "'\(path)'"
    self.columns = columns
    self.label = label
    self.hospitals = hospitals
    unknownCount = unknown
  }

  /// Outcomes in order: what happens stands last, which is 1, or what comes later in the alphabet.
  package static func ordered(_ outcomes: Set<String>) -> [String] {
    outcomes.sorted { (Double($0) ?? 0, $0) < (Double($1) ?? 0, $1) }
  }

  /// What a YAML file says of the columns.
  package struct Layout {
    package var label: String?
    package var columns: [String]?
    package var missing = CSVTable.missingMarks

    private static let mostBytes = 1 << 16

    package init() {}

    package init(path: String) throws(KnobError) {
      let keys = "label, columns and missing"
      func wrong(_ what: String) -> KnobError { KnobError("'\(path)' \(what)", ofData: true) }
      let data = try TextFile(path).bytes()
      guard data.count <= Self.mostBytes, let text = String(data: data, encoding: .utf8) else {
        throw wrong("is too long or not text in UTF-8; it names \(keys)")
      }
      // Aliases let a small file stand for a huge one.
      guard !text.contains("&"), !text.contains("*") else {
        throw wrong("uses YAML anchors and aliases, which are not needed here")
      }
      let root: Node?
      do { root = try Yams.compose(yaml: text) } catch {
        throw wrong("is not YAML; it names \(keys)")
      }
      guard let top = root?.mapping else { throw wrong("has no lines such as 'label: died'") }
      func words(_ node: Node) -> [String]? {
        let found = node.sequence?.map { $0.scalar?.string }
        guard let found, !found.isEmpty, !found.contains(nil) else { return nil }
        return found.compactMap { $0 }
      }
      for (key, value) in top {
        switch key.scalar?.string {
        case "label":
          guard let word = value.scalar?.string else { throw wrong("names no label") }
          label = word
        case "columns":
          guard let list = words(value) else {
            throw wrong("has columns that are no list of names, such as [age, sex]")
          }
          columns = list
        case "missing":
          guard let list = value.scalar.map({ [$0.string] }) ?? words(value) else {
            throw wrong("has marks of what is missing that are no list, such as [NA, -9]")
          }
          missing.formUnion(list.map { $0.lowercased() })
        default:
          throw wrong(
            "has '\(key.scalar?.string ?? "a list")', which nobody reads; it names \(keys)")
        }
      }
    }
  }
}

extension [String] {
  /// As people order names: `c2` before `c10`.
  package var inNaturalOrder: [String] {
    sorted {
      let order = $0.compare($1, options: .numeric)
      return order == .orderedSame ? $0 < $1 : order == .orderedAscending
    }
  }
}
