import Learning
import Testing
import Training

struct GenerationTests {
  private func trained(_ name: String = "sine-family", to step: Int = 30) throws -> Run {
    let run = try smallRun(name)
    train(run, to: step)
    return run
  }

  @Test func weightsAreThoseOfPlainArithmetic() throws {
    let run = try trained()
    let plain = try PlainHypernetwork(run)
    let before = run.state
    let generated = try run.generate(.task("s5"))
    #expect(generated.context.map(Double.init) == plain.embeddings[4])
    let expected = plain.weights(plain.embeddings[4])
    #expect(generated.tensors.map(\.values.count) == expected.map(\.count))
    for (tensor, numbers) in zip(generated.tensors, expected) {
      for (a, b) in zip(tensor.values, numbers) {
        #expect(abs(Double(a) - b) < 1e-5, "\(tensor.specification.name)")
      }
    }
    #expect(run.state == before)
  }

  @Test func aTaskIsItsNameOrItsNumber() throws {
    let run = try trained()
    let statuses = run.statusesWithContexts()
    #expect(try run.context(.task("s7")) == statuses[6].context)
    #expect(try run.context(.task("7")) == statuses[6].context)
    #expect(try run.context(.task("36")) == statuses[35].context)
  }

  @Test func betweenTwoTasksIsAStraightLine() throws {
    let run = try trained()
    let (a, b) = (try run.context(.task("s1")), try run.context(.task("s36")))
    #expect(a != b)
    for share: Float in [0, 0.25, 0.5, 1, -1, 2] {
      let z = try run.context(.between("s1", "s36", share))
      for i in z.indices {
        #expect(abs(z[i] - ((1 - share) * a[i] + share * b[i])) < 1e-6, "\(share)")
      }
    }
    #expect(try run.context(.between("s1", "s36", 0)) == a)
  }

  @Test func aHeldOutTaskIsFittedOnceAndKept() throws {
    let run = try trained()
    let before = bits(run)
    #expect(run.statuses[37].context == nil)
    let context = try run.context(.task("h2"))
    #expect(run.statuses[37].context == context)
    #expect(bits(run) == before)
    train(run, to: 60)
    #expect(try run.context(.task("h2")) == context, "not fitted anew")
  }

  @Test func aContextThatDoesNotExistIsRefusedInASentence() throws {
    let run = try trained("three-polynomials")
    let before = run.state
    for (choice, words) in [
      (.task("quartic"), "'quartic'; there are linear, quadratic, cubic, or a number from 1 to 3"),
      (.task(""), "''"), (.task("0"), "'0'"), (.task("4"), "'4'"), (.task("-1"), "'-1'"),
      (.between("linear", "quartic", 0.5), "'quartic'"),
      (.between("quartic", "linear", 0.5), "'quartic'"),
      (.between("linear", "cubic", .nan), "a number"),
      (.between("linear", "cubic", .infinity), "a number"),
      (.context([]), "has 2 numbers, not 0"), (.context([1, 2, 3]), "has 2 numbers, not 3"),
      (.context([1, .nan]), "finite"), (.context([1, -.infinity]), "finite"),
    ] as [(ContextChoice, String)] {
      let error = #expect(throws: ContextError.self) { try run.generate(choice) }
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
    #expect(run.state == before)
  }
}
