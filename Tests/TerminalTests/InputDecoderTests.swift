import CursesTerminal
import Terminal
import Testing

struct InputDecoderTests {
  /// What a burst of bytes means.
  private func decode(_ text: String) -> [Event] {
    var decoder = InputDecoder()
    return text.utf8.flatMap { decoder.take(.byte($0)) } + decoder.flush()
  }

  private func keys(_ text: String) -> [String] {
    decode(text).map { if case .key(let key) = $0 { key.name } else { "\($0)" } }
  }

  @Test func text() {
    #expect(keys("aZ 1é漢€🙂") == ["a", "Z", "SPACE", "1", "é", "漢", "€", "🙂"])
    #expect(
      keys("\r\n\t\u{7F}\u{8}\u{0}\u{1}\u{12}") == [
        "ENTER", "ENTER", "TAB", "BS", "BS", "C-SPACE", "C-a", "C-r",
      ])
  }

  @Test func sequences() {
    #expect(
      keys("\u{1B}[A\u{1B}OB\u{1B}[1;2C\u{1B}[1;5D\u{1B}[1;6H") == [
        "UP", "DOWN", "S-RIGHT", "C-LEFT", "S-C-HOME",
      ])
    #expect(
      keys("\u{1B}[Z\u{1B}[3~\u{1B}[5~\u{1B}[6;2~\u{1B}[7~\u{1B}[a") == [
        "S-TAB", "DEL", "PGUP", "S-PGDN", "HOME", "S-UP",
      ])
  }

  @Test func escapeIsAKeyWhenNothingFollows() {
    #expect(keys("\u{1B}") == ["ESC"])
    #expect(keys("\u{1B}\u{1B}") == ["ESC", "ESC"])
    #expect(keys("\u{1B}j") == ["ESC", "j"])
    #expect(keys("\u{1B}[") == ["ESC", "["])
    #expect(keys("\u{1B}O") == ["ESC", "O"])
    #expect(keys("\u{1B}é") == ["ESC", "é"])
    #expect(keys("\u{1B}\u{1B}[A") == ["ESC", "UP"])
  }

  @Test func unknownSequencesAreSwallowed() {
    #expect(keys("\u{1B}[1;2Qx\u{1B}[?62;4cy\u{1B}[Iz\u{1B}[99~") == ["x", "y", "z"])
    #expect(keys("\u{1B}[200~ab\u{1B}[201~") == ["a", "b"])
  }

  @Test func sequencesInPartsAreJoined() {
    var decoder = InputDecoder()
    func take(_ text: String) -> [Event] {
      text.utf8.flatMap { decoder.take(.byte($0)) } + decoder.flush()
    }
    #expect(take("\u{1B}[1;").isEmpty)
    #expect(take("2D") == [.key(Key(.left, shift: true))])
    // An end that never comes does not hold up what is typed later.
    #expect(take("\u{1B}[1;").isEmpty)
    #expect(take("").isEmpty)
    #expect(take("q") == [.key(.character("q"))])
    let letter = Array("é".utf8)
    let start = decoder.take(.byte(letter[0])) + decoder.flush()
    let end = decoder.take(.byte(letter[1]))
    #expect(start.isEmpty)
    #expect(end == [.key(.character("é"))])
  }

  @Test func mouse() {
    #expect(
      decode("\u{1B}[<0;10;5M\u{1B}[<32;11;5M\u{1B}[<0;11;5m\u{1B}[<64;1;1M\u{1B}[<69;300;100M")
        == [
          .mouse(Mouse(.press, x: 9, y: 4)), .mouse(Mouse(.drag, x: 10, y: 4)),
          .mouse(Mouse(.release, x: 10, y: 4)), .mouse(Mouse(.wheelUp, x: 0, y: 0)),
          .mouse(Mouse(.wheelDown, x: 299, y: 99)),
        ])
    #expect(
      decode("\u{1B}[<2;1;1M\u{1B}[<;;M\u{1B}[<0;1M\u{1B}[<0;99999999999999999999;1M") == [
        .mouse(Mouse(.press, x: 0, y: 0)), .mouse(Mouse(.press, x: 99_998, y: 0)),
      ])
  }

  @Test func keysOfCursesEndWhatWasPending() {
    var decoder = InputDecoder()
    let events = decoder.take(.byte(0x1B)) + decoder.take(.key(Key(.up)))
    #expect(events == [.key(Key(.escape)), .key(Key(.up))])
  }

  /// Noise: nothing crashes, and afterwards a key is a key.
  @Test func noise() {
    var generator = SystemRandomNumberGenerator()
    let favourites: [UInt8] = [0x1B, 0x5B, 0x4F, 0x3C, 0x3B, 0x31, 0x4D, 0x7E, 0xC3, 0xA9, 0xF0]
    for _ in 0..<2_000 {
      var decoder = InputDecoder()
      for _ in 0..<100 {
        let byte =
          Bool.random() ? favourites.randomElement(using: &generator) ?? 0 : .random(in: 0...255)
        _ = decoder.take(.byte(byte))
        if Int.random(in: 0..<8) == 0 { _ = decoder.flush() }
      }
      _ = decoder.flush()
      _ = decoder.flush()
      let last = decoder.take(.byte(0x71)) + decoder.flush()
      // At most the start of a character was pending.
      #expect(last.last == .key(.character("q")))
    }
  }
}
