import ArgumentParser

/// `weft completions`: what teaches a shell to complete.
package struct CompletionScript: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "completions",
    abstract: "Print a completion script for a shell.",
    discussion: """
      bash: weft completions bash > ~/.local/share/bash-completion/completions/weft
      zsh:  weft completions zsh > a folder of $fpath, as _weft
      fish: weft completions fish > ~/.config/fish/completions/weft.fish
      """)

  package enum Shell: String, CaseIterable, ExpressibleByArgument { case bash, zsh, fish }

  @Argument(help: ArgumentHelp("bash, zsh or fish.", valueName: "shell"))
  package var shell: Shell

  package init() {}

  package func run() throws {
    let script: CompletionShell =
      switch shell {
      case .bash: .bash
      case .zsh: .zsh
      case .fish: .fish
      }
    try Output.line(Weft.completionScript(for: script))
  }
}
