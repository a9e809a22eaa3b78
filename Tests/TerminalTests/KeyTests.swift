import Terminal
import Testing

struct KeyTests {
  @Test func namesReadBack() {
    let codes: [Key.Code] = [
      .enter, .escape, .tab, .backspace, .delete, .insert, .up, .down, .left, .right, .home, .end,
      .pageUp, .pageDown,
    ]
    var keys = codes.flatMap { code in
      [(false, false), (false, true), (true, false), (true, true)].map {
        Key(code, control: $0.0, shift: $0.1)
      }
    }
    for value in (0x20...0x7E).map(UInt32.init) + [0xE9, 0x3BB, 0x20AC] {
      guard let scalar = Unicode.Scalar(value) else { continue }
      keys += [.character(scalar), .control(scalar)]
    }
    for key in keys { #expect(Key(name: key.name) == key, "\(key.name)") }
    #expect(Set(keys.map(\.name)).count == keys.count)
  }

  @Test func readsWhatScriptsWrite() {
    #expect(Key(name: "BTAB") == Key(.tab, shift: true))
    #expect(Key(name: "C-r") == .control("r"))
    #expect(Key(name: "S-LEFT") == Key(.left, shift: true))
    #expect(Key(name: "-") == .character("-"))
    #expect(Key(name: "C--") == .control("-"))
    #expect(Key(name: "nonsense") == nil)
    #expect(Key(name: "") == nil)
    #expect(Key(name: "C-") == nil)
  }
}
