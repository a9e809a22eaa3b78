import Testing
import Training

struct HistoryTests {
  @Test func aMillionStepsStayBoundedAndKeepTheirMean() {
    var history = History(seriesCount: 1)
    for step in 0..<1_000_000 { history.append(Float(step % 10), to: 0, step: step) }
    #expect(history.series[0].count <= History.capacity)
    let counted = history.series[0].reduce(0) { $0 + $1.count }
    #expect(counted == 1_000_000)
    let sum = history.series[0].reduce(0.0) { $0 + Double($1.mean) * Double($1.count) }
    #expect(abs(sum / 1_000_000 - 4.5) < 1e-3)
    #expect(history.series[0].allSatisfy { $0.low == 0 && $0.high == 9 })
  }

  @Test func sparseSeriesHaveGaps() {
    var history = History(seriesCount: 2)
    history.append(1, to: 1, step: 0)
    history.append(3, to: 1, step: 100)
    #expect(history.series[1].count == 101)
    #expect(history.series[1][50].count == 0)
    #expect(history.series[1][100].mean == 3)
  }
}
