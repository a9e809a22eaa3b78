import Terminal
import Testing

struct TextFieldTests {
  private func field(_ text: String, _ keys: String...) -> TextField {
    var field = TextField(text)
    for name in keys {
      guard let key = Key(name: name) else {
        Issue.record("no key \(name)")
        continue
      }
      let isTaken = field.handle(key)
      #expect(isTaken, "\(name)")
    }
    return field
  }

  @Test func edits() {
    #expect(field("", "a", "SPACE", "λ").text == "a λ")
    #expect(field("one two", "C-w").text == "one ")
    #expect(field("one two  ", "C-w").text == "one ")
    #expect(field("one two", "C-u").text == "")
    #expect(field("one two", "C-LEFT", "C-u").text == "two")
    #expect(field("one two", "C-LEFT", "C-k").text == "one ")
    #expect(field("abc", "C-a", "x", "C-e", "y").text == "xabcy")
    #expect(field("abc", "LEFT", "BS").text == "ac")
    #expect(field("abc", "HOME", "DEL", "C-d", "RIGHT", "DEL").text == "c")
    #expect(field("", "BS", "DEL", "LEFT", "RIGHT", "C-w", "C-u", "C-k", "C-LEFT").text == "")
  }

  @Test func leavesOtherKeysAlone() {
    var field = TextField("abc")
    for name in ["ENTER", "ESC", "TAB", "S-TAB", "UP", "DOWN", "PGUP", "C-r", "C-p"] {
      guard let key = Key(name: name) else { continue }
      let isTaken = field.handle(key)
      #expect(!isTaken, "\(name)")
    }
    #expect(field.text == "abc")
  }

  @Test func theCursorIsInView() {
    for width in 1...8 {
      var field = TextField("hello")
      for _ in 0..<6 {
        let buffer = CellBuffer(Size(width, 1))
        field.draw(on: buffer.canvas, x: 0, y: 0, width: width)
        #expect(buffer.cells.filter { $0.style.attributes.contains(.reverse) }.count == 1)
        _ = field.handle(Key(.left))
      }
    }
  }
}
