import Foundation
import Testing

/// Exit statuses, and one sentence on standard error that helps.
struct UsageTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let arguments: [String]
    let status: Int32
    /// What the sentence must contain.
    let words: [String]
    var testDescription: String { arguments.joined(separator: " ") }

    init(_ line: String, _ status: Int32, _ words: String...) {
      arguments = line.split(separator: " ").map { $0 == "''" ? "" : String($0) }
      self.status = status
      self.words = words
    }
  }

  static let wrong = [
    Case("trian", 2, "'trian'", "did you mean 'train'?"),
    Case("sine-famly", 2, "did you mean 'sine-family'?"),
    Case("train digitviews", 2, "did you mean 'digit-views'?"),
    Case("train qqqqqqqqqq", 2, "'qqqqqqqqqq'", "weft list"),
    Case("train", 2, "experiment|session", "weft train --help"),
    Case("train sine-family extra", 2, "'extra'", "weft train --help"),
    Case("train sine-family --stepps 3", 2, "--stepps", "weft train --help"),
    Case("train sine-family --steps many", 2, "many"),
    Case("train sine-family --steps -1", 2, "--steps"),
    Case("train sine-family --seed -1", 2, "--seed", "from 0 to 18446744073709551615"),
    Case("train sine-family --seed 18446744073709551616", 2, "from 0 to 18446744073709551615"),
    Case("train sine-family --threads -1", 2, "--threads", "1 to 256", "'-1'"),
    Case("train sine-family --set rate=1 --set rate=1", 2, "'rate'", "twice"),
    Case("compare sinusoids --seed -1", 2, "from 0 to 18446744073709551615"),
    Case("train sine-family --threads 0", 2, "--threads", "1 to 256"),
    Case("train sine-family --set rat=1", 2, "'rat'", "did you mean 'rate'?"),
    Case("train sine-family --set quux=1", 2, "'quux'", "target-widths"),
    Case("train sine-family --set rate", 2, "knob=value", "'rate'"),
    Case("train sine-family --set rate=x", 2, "'rate'", "from 0 to 1", "'x'"),
    Case("train sine-family --set rate=nan", 2, "'rate'", "'nan'"),
    Case("train sine-family --set target-widths=1000000000000", 2, "target-widths"),
    Case("train sine-family --save ''", 2, "--save"),
    Case("train sine-family --save /", 2, "'/' is a folder"),
    Case("train sine-family --save /dev/null", 2, "not a plain file"),
    Case("train nowhere/to/be.json", 65, "nowhere/to/be.json", "weft list"),
    Case("show none.json", 65, "none.json"),
    Case("show /", 65, "folder"),
    Case("show /dev/zero", 65, "/dev/zero"),
    Case("generate s.json --output w", 2, "--task", "--context", "--between"),
    Case("generate s.json --context 1,x --output w", 2, "'x'"),
    Case("generate s.json --between a b --output w", 2, "--between"),
    Case("generate s.json --between a b 2 --output w", 2, "from 0 to 1", "'2'"),
    Case("generate s.json --task a", 2, "--output"),
    Case("generate s.json --task a --output w", 65, "s.json"),
    Case("bench multitask-smal", 2, "did you mean 'multitask-small'?"),
    Case("bench planing", 2, "did you mean 'planning'?"),
    Case("bench planning --plan", 2, "--plan", "name a workload"),
    Case("bench planning --set length=3", 2, "no size 'length'", "nodes"),
    Case("bench planning --set nodes=1000 --set nodes=2000", 2, "'nodes'", "twice"),
    Case("bench planning --turns", 2, "--turns"),
    Case("bench planning --seconds 1", 2, "--seconds"),
    Case("bench planning --seed 1", 2, "--seed"),
    Case("bench maml-sine --plan --json", 2, "--plan", "--json"),
    Case("bench maml-sine --plan --turns", 2, "--plan", "--turns"),
    Case("bench maml-sine --plan --parity f", 2, "--plan", "--parity"),
    Case("bench maml-sine --parity f --json", 2, "--parity", "--json"),
    Case("bench maml-sine --parity f --seconds 1", 2, "--parity", "--seconds"),
    Case("bench maml-sine --parity /", 2, "'/' is a folder"),
    Case("bench maml-sine --set tasks=1 --set tasks=2", 2, "'tasks'", "twice"),
    Case("bench maml-sine --set quux=1", 2, "no size 'quux'", "tasks, points, width"),
    Case("bench maml-sine --set taks=1", 2, "tasks, points, width", "did you mean 'tasks'?"),
    Case("bench fewshot-hypertransformer --set heads=3", 2, "heads"),
    Case("bench all --threads 300", 2, "--threads", "1 to 256"),
    Case("bench all --threads -1", 2, "--threads", "1 to 256", "'-1'"),
    Case("bench all --seconds -1", 2, "--seconds", "0 to 3600", "'-1'"),
    Case("bench all --seconds nan", 2, "--seconds", "0 to 3600"),
    Case("bench all --seed -1", 2, "from 0 to 18446744073709551615"),
    Case("bench all --seed 18446744073709551616", 2, "from 0 to 18446744073709551615"),
    Case("completions tcsh", 2, "tcsh", "bash", "zsh", "fish"),
    Case("--size 80x24", 2, "--size"),
    Case("--script none.weft --size 0x0", 2, "0x0"),
    Case("--theme none sine-family", 2, "none"),
    Case("sine-family", 2, "terminal"),
  ]

  @Test(arguments: wrong) func complainsInOneSentence(_ wrong: Case) throws {
    let ending = try Program().start(wrong.arguments).end()
    #expect(ending.status == wrong.status)
    #expect(ending.output == "")
    for word in wrong.words { #expect(ending.complaints.contains(word), "\(ending.complaints)") }
    #expect(ending.complaints.hasPrefix("weft: "))
    #expect(ending.complaints.split(separator: "\n").count == 1, "\(ending.complaints)")
  }

  @Test func instructionsNobodyHasAreASentence() throws {
    let ending = try Program().start(["list"], environment: ["WEFT_INSTRUCTIONS": "sse9"]).end()
    #expect(ending.status == 2)
    #expect(ending.complaints.contains("baseline, avx2, avx512"))
  }

  @Test func helpAndVersionAreAnswers() throws {
    let program = try Program()
    let help = try program.run("--help")
    #expect(help.status == 0)
    #expect(help.complaints == "")
    for command in ["list", "train", "show", "generate", "bench", "completions"] {
      #expect(help.output.contains("  \(command) "))
      let own = try program.run(command, "--help")
      #expect(own.status == 0)
      #expect(own.output.contains("USAGE: weft \(command)"))
    }
    let version = try program.run("--version")
    #expect(version.status == 0)
    #expect(version.output.wholeMatch(of: /weft \d+\.\d+\.\d+\n/) != nil)
  }

  @Test func aReaderThatGoesAwayIsNoCrash() throws {
    let program = try Program()
    let pipe = Pipe()
    let running = try program.start("list", to: pipe.fileHandleForWriting)
    // Nobody has read yet and now nobody can; the program may have written before.
    try pipe.fileHandleForReading.close()
    let ending = running.end()
    #expect([0, 141].contains(ending.status))
    #expect(ending.complaints == "")
  }

  @Test func aReaderThatWasNeverThereIsNoCrash() throws {
    let program = try Program()
    let pipe = Pipe()
    try pipe.fileHandleForReading.close()
    let ending = try program.start("list", to: pipe.fileHandleForWriting).end()
    #expect(ending.status == 141)
    #expect(ending.complaints == "")
  }

  @Test func aFullDiskIsToldInASentence() throws {
    let program = try Program()
    let full = try FileHandle(forWritingTo: URL(fileURLWithPath: "/dev/full"))
    let ending = try program.start("list", to: full).end()
    #expect(ending.status == 1)
    #expect(ending.complaints.contains("No space left on device"))
    #expect(ending.complaints.split(separator: "\n").count == 1)
  }

  @Test func completionsKnowTheExperiments() throws {
    let program = try Program()
    for shell in ["bash", "zsh", "fish"] {
      let script = try program.run("completions", shell)
      #expect(script.status == 0)
      #expect(script.output.contains("generate"))
    }
    let script = program.file("complete.bash")
    try program.run("completions", "bash").output.write(
      toFile: script, atomically: true, encoding: .utf8)
    let check = Process()
    check.executableURL = URL(fileURLWithPath: "/bin/bash")
    check.arguments = ["-n", script]
    try check.run()
    check.waitUntilExit()
    #expect(check.terminationStatus == 0)
  }

  @Test func theManualHasEveryCommandAndKey() throws {
    let manual = try Program().run("manual")
    #expect(manual.status == 0)
    for command in ["list", "train", "show", "generate", "bench", "completions"] {
      #expect(manual.output.contains(".SS weft \(command)\n"))
    }
    #expect(manual.output.contains("\\-\\-save\\-every"))
    #expect(manual.output.contains(".SH KEYS"))
  }
}
