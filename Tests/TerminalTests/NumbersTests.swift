import Terminal
import Testing

struct NumbersTests {
  @Test func formats() {
    #expect(Numbers.fixed(-0.416, 2) == "-0.42")
    #expect(Numbers.fixed(-0.004, 2) == "0.00")
    #expect(Numbers.fixed(12, 0) == "12")
    #expect(Numbers.scientific(3.214e-3, 3) == "3.21e-3")
    #expect(Numbers.scientific(9.999e-3, 2) == "1.0e-2")
    #expect(Numbers.scientific(1, 1) == "1e+0")
    #expect(Numbers.general(0.0421) == "0.0421")
    #expect(Numbers.general(99.96) == "100")
    #expect(Numbers.general(123_456) == "1.23e+5")
    #expect(Numbers.count(12_480) == "12.48k")
    #expect(Numbers.count(4_000_000) == "4M")
    #expect(Numbers.count(950) == "950")
    for value in [Double.nan, .infinity, -.infinity, 4.9e-308, 1.7e308, -1e300, 0, -0.0] {
      for text in [
        Numbers.fixed(value, 3), Numbers.scientific(value, 3), Numbers.general(value),
        Numbers.count(value),
      ] {
        #expect(!text.isEmpty && text.count < 14, "\(value): \(text)")
      }
    }
  }

  @Test func ticks() {
    #expect(Axis(0, 12_480).ticks(atMost: 5, .counts).map(\.label) == ["0", "5k", "10k"])
    #expect(Axis(-3, 3).ticks(atMost: 7).map(\.label) == ["-3", "-2", "-1", "0", "1", "2", "3"])
    #expect(Axis(0, 1).ticks(atMost: 4).map(\.label) == ["0.0", "0.5", "1.0"])
    #expect(Axis(3e-4, 2, .log).ticks(atMost: 4).map(\.label) == ["1e-3", "1e-2", "1e-1", "1e+0"])
    #expect(Axis(0.15, 0.6, .log).ticks(atMost: 4).map(\.label) == ["2e-1", "5e-1"])
  }

  /// Any ends, however absurd: an axis is usable, its ticks are few, inside and in order.
  @Test func everyAxisIsSound() {
    let ends: [Double] = [
      0, 1, -1, 1e-9, 1e300, -1e300, 3e-308, .infinity, -.infinity, .nan, 1e9 + 1, 1e9, 0.1, 0.3,
    ]
    for a in ends {
      for b in ends {
        for scale in [Axis.Scale.linear, .log] {
          let axis = Axis(a, b, scale)
          #expect(axis.lower < axis.upper && axis.lower.isFinite && axis.upper.isFinite)
          #expect(scale == .linear || axis.lower > 0)
          #expect(abs(axis.position(of: axis.value(at: 0.25)) - 0.25) < 1e-3)
          for limit in 0...6 {
            let ticks = axis.ticks(atMost: limit)
            #expect(ticks.count <= limit, "\(axis) \(limit) \(ticks)")
            for tick in ticks {
              let position = axis.position(of: tick.value)
              #expect((-1e-6...1.000001).contains(position), "\(axis.lower)…\(axis.upper)")
            }
            for (one, next) in zip(ticks, ticks.dropFirst()) { #expect(one.value < next.value) }
          }
        }
      }
    }
  }
}
