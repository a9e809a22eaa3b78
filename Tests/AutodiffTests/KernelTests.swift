import CKernels
import Foundation
import Testing

/// The C loops by themselves: accuracy, special values, every remainder of a vector.
@Suite struct KernelTests {
  struct Function: Sendable, CustomTestStringConvertible {
    let name: String
    let operation: weft_elementwise
    let domain: ClosedRange<Double>
    let meaning: @Sendable (Double) -> Double
    var tolerance = 1e-6
    var testDescription: String { name }
  }

  static let functions: [Function] = [
    Function(name: "exp", operation: WEFT_EXP, domain: -86...88.5, meaning: { exp($0) }),
    Function(name: "log", operation: WEFT_LOG, domain: 1e-30...1e6, meaning: { log($0) }),
    Function(name: "log near 1", operation: WEFT_LOG, domain: 0.9...1.1, meaning: { log($0) }),
    Function(name: "tanh", operation: WEFT_TANH, domain: -12...12, meaning: { tanh($0) }),
    Function(
      name: "tanh near 0", operation: WEFT_TANH, domain: -0.01...0.01, meaning: { tanh($0) }),
    Function(
      name: "sigmoid", operation: WEFT_SIGMOID, domain: -80...80, meaning: { 1 / (1 + exp(-$0)) }),
    Function(
      name: "softplus", operation: WEFT_SOFTPLUS, domain: -60...60,
      meaning: { max($0, 0) + log1p(exp(-abs($0))) }),
    Function(name: "sin", operation: WEFT_SIN, domain: -3...3, meaning: { sin($0) }),
    Function(name: "erf", operation: WEFT_ERF, domain: -6...6, meaning: { erf($0) }),
  ]

  @Test(arguments: functions)
  func accuracy(_ function: Function) {
    let count = 20_011
    let x = (0..<count).map { i in
      let part = Double(i) / Double(count - 1)
      let span = function.domain.upperBound - function.domain.lowerBound
      return Float(function.domain.lowerBound + span * part)
    }
    var y = [Float](repeating: 0, count: count)
    weft_apply(function.operation, &y, x, x, x, 0, count)
    let worst = zip(x, y).map { x, y in
      let exact = function.meaning(Double(x))
      return abs(Double(y) - exact) / max(abs(exact), 1e-30)
    }.max()
    #expect((worst ?? 1) < function.tolerance)
  }

  @Test func largeAnglesKeepAnAbsoluteError() {
    let x = (0..<1000).map { Float($0) * 7.3 - 3650 }
    var y = [Float](repeating: 0, count: x.count)
    for (operation, shift) in [(WEFT_SIN, 0), (WEFT_COS, Double.pi / 2)] {
      weft_apply(operation, &y, x, x, x, 0, x.count)
      #expect(zip(x, y).allSatisfy { abs(Double($1) - sin(Double($0) + shift)) < 2e-6 })
    }
  }

  @Test func notANumberStaysNotANumber() {
    let x = [Float](repeating: .nan, count: 21)
    for operation in [
      WEFT_EXP, WEFT_LOG, WEFT_TANH, WEFT_SIGMOID, WEFT_SIN, WEFT_COS, WEFT_ERF, WEFT_SOFTPLUS,
      WEFT_RELU, WEFT_SQRT, WEFT_ADD, WEFT_MAXIMUM, WEFT_MINIMUM, WEFT_MULTIPLY,
    ] {
      var y = [Float](repeating: 0, count: x.count)
      let one = [Float](repeating: 1, count: x.count)
      weft_apply(operation, &y, x, one, one, 0, x.count)
      #expect(y.allSatisfy { $0.isNaN }, "operation \(operation.rawValue)")
      weft_apply(operation, &y, operation.rawValue < WEFT_ADD.rawValue ? x : one, x, x, 0, x.count)
      #expect(y.allSatisfy { $0.isNaN }, "operation \(operation.rawValue), second operand")
    }
  }

  @Test func limits() {
    func value(_ operation: weft_elementwise, _ x: Float) -> Float {
      var y: Float = 0
      weft_apply(operation, &y, [x], [x], [x], 0, 1)
      return y
    }
    #expect(value(WEFT_EXP, 1000) == .infinity)
    #expect(value(WEFT_EXP, -1000) == 0)
    #expect(value(WEFT_LOG, 0) == -.infinity)
    #expect(value(WEFT_LOG, -1).isNaN)
    #expect(value(WEFT_LOG, .infinity) == .infinity)
    #expect(abs(value(WEFT_TANH, .infinity) - 1) < 1e-6)
    #expect(value(WEFT_SIGMOID, -.infinity) == 0)
    #expect(value(WEFT_SOFTPLUS, 1000) == 1000)
    #expect(value(WEFT_SIN, .infinity).isNaN)
  }

  @Test func reductionsOfEveryLength() {
    var generator = SeededGenerator(3)
    for count in 1...150 {
      let x = generator.array([count], in: -1...1).values
      let a = x.map { Float($0) }
      let squares = x.reduce(0) { $0 + $1 * $1 }
      let exponentials = x.reduce(0) { $0 + exp($1) }
      let doubled = a.map { $0 + $0 }
      let total = x.reduce(0, +)
      #expect(abs(Double(weft_sum(a, count)) - total) < 1e-5)
      #expect(abs(Double(weft_sum_of_squares(a, count)) - squares) < 1e-5)
      #expect(abs(Double(weft_dot(a, a, count)) - squares) < 1e-5)
      var result: Float = 0
      weft_log_sum_exp_columns(&result, a, 1, count, count)
      #expect(abs(Double(result) - log(exponentials)) < 1e-5)
      weft_max_columns(&result, a, 1, count, count)
      #expect(result == a.max())
      var sums = [Float](repeating: 0, count: count)
      weft_sum_rows(&sums, a + a, 2, count, count)
      #expect(sums == doubled)
    }
  }

  /// Wherever it stands, beside what is smaller and larger, with every instruction set there is.
  @Test(arguments: ["baseline", "avx2", "avx512"])
  func notANumberIsTheLargest(_ instructions: String) {
    guard let loops = weft_loops_of(instructions)?.pointee else { return }
    for count in [1, 2, 15, 16, 17, 31, 32, 33, 70] {
      for place in 0..<count {
        var row = (0..<count).map { Float($0 % 7) - 3 }
        var result: Float = 0
        loops.max_columns(&result, row, 1, count, count)
        #expect(result == row.max())
        row[place] = .nan
        loops.max_columns(&result, row, 1, count, count)
        #expect(result.isNaN, "at \(place) of \(count)")
        loops.log_sum_exp_columns(&result, row, 1, count, count)
        #expect(result.isNaN, "at \(place) of \(count)")
      }
    }
  }

  @Test func instructionsOfOtherNamesAreNone() {
    #expect(weft_loops_of("baseline") != nil)
    #expect(weft_loops_of("sse9") == nil)
  }

  @Test func productsOfEveryLength() {
    var generator = SeededGenerator(4)
    for (m, n) in [
      (1, 1), (3, 5), (4, 16), (5, 17), (9, 64), (7, 100), (2, 131), (6, 60), (3, 40), (8, 127),
    ] {
      let a = generator.array([m, n], in: -1...1)
      let (x, y) = (generator.array([n, 1], in: -1...1), generator.array([1, m], in: -1...1))
      let floats = a.values.map { Float($0) }
      var column = [Float](repeating: 0, count: m)
      weft_matrix_vector(&column, floats, n, x.values.map { Float($0) }, m, n)
      var row = [Float](repeating: .nan, count: n + 1)
      weft_vector_matrix(&row, y.values.map { Float($0) }, floats, n, m, n)
      #expect(row[n].isNaN, "writes behind the end")
      #expect(zip(column, a.matmul(x).values).allSatisfy { abs(Double($0) - $1) < 1e-5 })
      #expect(zip(row, y.matmul(a).values).allSatisfy { abs(Double($0) - $1) < 1e-5 })
    }
  }

  /// The vectors published with the generator (Salmon et al. 2011, Random123's kat_vectors).
  @Test func philoxMeetsItsKnownAnswers() {
    var words = [UInt32](repeating: 0, count: 4)
    weft_random_bits(weft_random_key(seed: 0, stream: 0, step: 0), 0, &words, 4)
    #expect(words == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
  }

  @Test func randomNumbersDoNotDependOnHowARangeIsCut() {
    let key = weft_random_key(seed: 9, stream: 2, step: 77)
    var whole = [Float](repeating: 0, count: 500)
    weft_random_normal(key, 0, 1, 2, &whole, 500)
    for (first, count) in [(0, 1), (1, 63), (63, 65), (130, 370), (499, 1)] {
      var part = [Float](repeating: 0, count: count)
      weft_random_normal(key, UInt64(first), 1, 2, &part, count)
      #expect(part == Array(whole[first..<first + count]))
    }
  }

  @Test func randomNumbersHaveTheirMoments() {
    let count = 200_000
    let key = weft_random_key(seed: 1, stream: 1, step: 0)
    var x = [Float](repeating: 0, count: count)
    weft_random_normal(key, 0, 0, 1, &x, count)
    let mean = x.reduce(0.0) { $0 + Double($1) } / Double(count)
    let variance = x.reduce(0.0) { $0 + Double($1 * $1) } / Double(count)
    let fourth = x.reduce(0.0) { $0 + Double($1 * $1 * $1 * $1) } / Double(count)
    #expect(abs(mean) < 0.01 && abs(variance - 1) < 0.02 && abs(fourth - 3) < 0.15)
    weft_random_uniform(key, 0, -2, 3, &x, count)
    #expect(x.allSatisfy { $0 >= -2 && $0 < 3 })
    let middle = x.reduce(0.0) { $0 + Double($1) } / Double(count)
    #expect(abs(middle - 0.5) < 0.02)
  }

  @Test func aTeamRunsEveryMemberEachTime() {
    guard let team = weft_team_create(3) else { return }
    defer { weft_team_destroy(team) }
    let counts = UnsafeMutablePointer<Int>.allocate(capacity: 3)
    counts.update(repeating: 0, count: 3)
    defer { counts.deallocate() }
    for round in 0..<200 {
      weft_team_run(
        team,
        { context, member in
          context?.assumingMemoryBound(to: Int.self)[Int(member)] += 1
        }, counts)
      // Now and then long enough for the members to fall asleep.
      if round % 50 == 49 { usleep(5000) }
    }
    #expect((0..<Int(weft_team_members(team))).allSatisfy { counts[$0] == 200 })
  }

  /// Every remainder of rows and columns, both sides either way round, gaps between rows; more than a
  /// panel holds. Where two ways compute a product they give the same bits, however it is cut.
  @Test func products() {
    var generator = SeededGenerator(3)
    let panel = UnsafeMutablePointer<Float>.allocate(capacity: Int(WEFT_PANEL))
    panel.initialize(repeating: .nan, count: Int(WEFT_PANEL))
    defer { panel.deallocate() }
    for (m, n, k) in [
      (1, 4, 3), (2, 5, 1), (3, 8, 2), (4, 11, 7), (5, 15, 3), (6, 16, 4), (7, 17, 5), (11, 31, 6),
      (12, 33, 9), (13, 40, 40), (24, 576, 8), (5, 1020, 16), (9, 70, 200), (3, 1, 5), (14, 2, 33),
      (2, 3, 70), (27, 300, 5), (10, 18, 523), (4, 4, 19), (13, 215, 200), (14, 300, 300),
    ] {
      for (turnedA, turnedB) in [(false, false), (true, false), (false, true), (true, true)] {
        let a = generator.array(turnedA ? [k, m + 3] : [m, k + 3], in: -1...1)
        let b = generator.array(turnedB ? [n, k + 2] : [k, n + 2], in: -1...1)
        let (left, right) = (a.values.map { Float($0) }, b.values.map { Float($0) })
        let (down, along) = turnedA ? (1, m + 3) : (k + 3, 1)
        let ldb = turnedB ? k + 2 : n + 2
        func result(_ compute: (UnsafeMutablePointer<Float>) -> Void) -> [Float] {
          var c = [Float](repeating: .nan, count: m * (n + 1))
          c.withUnsafeMutableBufferPointer { c in c.baseAddress.map(compute) }
          var worst = 0.0
          for i in 0..<m {
            for j in 0..<n {
              let exact = (0..<k).reduce(0) { sum, p in
                sum + a[turnedA ? [p, i] : [i, p]] * b[turnedB ? [j, p] : [p, j]]
              }
              worst = max(worst, (Double(c[i * (n + 1) + j]) - exact).magnitude)
            }
            #expect(c[i * (n + 1) + n].isNaN, "writes between rows")
          }
          // Rounding grows with the length.
          #expect(
            worst < 2e-5 * max(1, Double(k) / 200),
            "\(m) × \(n) × \(k), \(turnedA), \(turnedB): \(worst)")
          return c
        }
        func same(_ a: [Float], _ b: [Float]) -> Bool {
          zip(a, b).allSatisfy { $0.bitPattern == $1.bitPattern }
        }
        let packed = result {
          weft_product_packed(
            $0, n + 1, left, down, along, right, ldb, turnedB ? 1 : 0, m, n, k, nil, 0, panel)
        }
        let cut = result { c in
          let first = m / 2
          for (start, rows) in [(0, first), (first, m - first)] where rows > 0 {
            left.withUnsafeBufferPointer { left in
              guard let base = left.baseAddress else { return }
              weft_product_packed(
                c + start * (n + 1), n + 1, base + start * down, down, along, right, ldb,
                turnedB ? 1 : 0, rows, n, k, nil, 0, panel)
            }
          }
        }
        #expect(same(packed, cut), "\(m) × \(n) × \(k): depends on the cut")
        /// The result again in two parts, the first of whole vectors.
        func expectNoCut(
          _ whole: [Float],
          _ compute: (_ c: UnsafeMutablePointer<Float>, _ b: UnsafePointer<Float>?, _ n: Int) ->
            Void
        ) {
          guard n >= 32 else { return }
          let parts = result { c in
            for (first, columns) in [(0, 16), (16, n - 16)] {
              right[(turnedB ? first * ldb : first)...].withUnsafeBufferPointer {
                compute(c + first, $0.baseAddress, columns)
              }
            }
          }
          #expect(same(whole, parts), "\(m) × \(n) × \(k): depends on the cut")
        }
        expectNoCut(packed) {
          weft_product_packed(
            $0, n + 1, left, down, along, $1, ldb, turnedB ? 1 : 0, m, $2, k, nil, 0, panel)
        }
        if !turnedB, n >= 4 {
          let direct = result {
            weft_product($0, n + 1, left, down, along, right, ldb, m, n, k, nil, 0)
          }
          #expect(same(packed, direct), "\(m) × \(n) × \(k): depends on the way")
          expectNoCut(direct) {
            weft_product($0, n + 1, left, down, along, $1, ldb, m, $2, k, nil, 0)
          }
        }
        if turnedB, !turnedA {
          let dots = result { weft_product_of_dots($0, n + 1, left, down, right, ldb, m, n, k, 0) }
          expectNoCut(dots) { weft_product_of_dots($0, n + 1, left, down, $1, ldb, m, $2, k, 0) }
          // A sum in two parts, whole vectors first, goes on from what is there.
          let first = min(k, 16)
          _ = result { c in
            weft_product_of_dots(c, n + 1, left, down, right, ldb, m, n, first, 0)
            weft_product_of_dots(c, n + 1, left, down, right, ldb, m, n, 0, 1)
            left[first...].withUnsafeBufferPointer { a in
              right[first...].withUnsafeBufferPointer { b in
                weft_product_of_dots(
                  c, n + 1, a.baseAddress, down, b.baseAddress, ldb, m, n, k - first, 1)
              }
            }
          }
        }
      }
    }
  }
}
