struct Digits {
  static let side = 8
  var pixels: [Float]
  var labels: [Int]
  static func load() throws -> Digits { Digits(pixels: [], labels: []) }
}
struct ImageRotation {
  init(side: Int, degrees: Float) {}
  func callAsFunction(_ p: [Float]) -> [Float] { p }
}
