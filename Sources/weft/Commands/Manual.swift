import ArgumentParser
import Foundation
import Workbench

/// `weft manual`: the manual page, made from the commands as they are. `make install` keeps it.
package struct Manual: ParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Print the manual page (roff).",
    discussion: "Read it with 'weft manual | man -l -'.")

  package init() {}

  package func run() throws { try Output.write(ManualPage.text()) }
}

/// The manual page in the `man` macros of roff.
enum ManualPage {
  static func text() throws -> String {
    let tool = try JSONDecoder().decode(CommandTree.self, from: Data(Weft._dumpHelp().utf8))
    let commands = (tool.command.subcommands ?? []).filter {
      $0.shouldDisplay && $0.commandName != "help"
    }
    var page = """
      .\\" -*- mode: nroff; coding: utf-8 -*-
      .TH WEFT 1 "" "weft \(Weft.version)" "User Commands"
      .SH NAME
      weft \\- a terminal workbench for hypernetworks
      .SH SYNOPSIS

      """
    page += commands.map { ".B weft\n\(synopsis($0))\n.br\n" }.joined()
    page += ".SH DESCRIPTION\n" + paragraphs(tool.command.abstract, tool.command.discussion)
    page += ".SH COMMANDS\n" + commands.map { section($0) }.joined()
    page += CommandTable.manual
    page += """
      .SH EXIT STATUS
      .TP
      .B 0
      Done.
      .TP
      .B 1
      Something failed while running.
      .TP
      .B 2
      The command line cannot be understood, or there is no terminal.
      .TP
      .B 65
      A session or other data that cannot be used.
      .TP
      .B 128+n
      Ended by signal n, after saving.
      .SH ENVIRONMENT
      .TP
      .B WEFT_SESSIONS
      The folder of your own sessions, instead of \\fI$XDG_STATE_HOME/weft/sessions\\fR or
      \\fI~/.local/state/weft/sessions\\fR.
      .TP
      .B NO_COLOR
      When set, no colours.

      """
    return page
  }

  private static func synopsis(_ command: CommandTree.Command) -> String {
    let name =
      command.commandName == Open._commandName ? "" : "\\fB\(escaped(command.commandName))\\fR "
    return name
      + arguments(of: command).map { argument in
        let word = argument.kind == "positional" ? value(argument) : usage(argument)
        return (argument.isOptional ? "[\(word)]" : word) + (argument.isRepeating ? "…" : "")
      }.joined(separator: " ")
  }

  private static func section(_ command: CommandTree.Command) -> String {
    let title =
      command.commandName == Open._commandName ? "weft" : "weft " + escaped(command.commandName)
    return ".SS \(title)\n" + paragraphs(command.abstract, command.discussion)
      + arguments(of: command).map { argument in
        let word = argument.kind == "positional" ? value(argument) : usage(argument)
        return ".TP\n\(word)\n\(escaped(argument.abstract ?? ""))\n"
      }.joined()
  }

  private static func arguments(of command: CommandTree.Command) -> [CommandTree.Argument] {
    (command.arguments ?? []).filter { argument in
      argument.shouldDisplay && !["help", "version"].contains(argument.preferredName?.name)
    }
  }

  /// `--steps n` in bold and italics.
  private static func usage(_ argument: CommandTree.Argument) -> String {
    let name = argument.preferredName.map { ($0.kind == "long" ? "--" : "-") + $0.name } ?? ""
    return "\\fB\(escaped(name))\\fR" + (argument.kind == "option" ? " " + value(argument) : "")
  }

  private static func value(_ argument: CommandTree.Argument) -> String {
    "\\fI\(escaped(argument.valueName ?? "value"))\\fR"
  }

  private static func paragraphs(_ texts: String?...) -> String {
    texts.compactMap { $0?.nonEmpty }.map { text in
      ".PP\n"
        + text.split(separator: "\n", omittingEmptySubsequences: false)
        .map { $0.isEmpty ? ".PP" : escaped(String($0)) }.joined(separator: "\n") + "\n"
    }.joined()
  }

  /// Text that roff takes literally, also at the start of a line.
  private static func escaped(_ text: String) -> String {
    let plain = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
    return plain.hasPrefix(".") || plain.hasPrefix("'") ? "\\&" + plain : plain
  }
}

/// The part of the argument parser's description of its commands that a page needs.
private struct CommandTree: Decodable {
  struct Command: Decodable {
    var commandName: String
    var shouldDisplay: Bool
    var abstract: String?
    var discussion: String?
    var subcommands: [Command]?
    var arguments: [Argument]?
  }

  struct Argument: Decodable {
    struct Name: Decodable {
      var kind: String
      var name: String
    }
    var kind: String
    var shouldDisplay: Bool
    var isOptional: Bool
    var isRepeating: Bool
    var preferredName: Name?
    var valueName: String?
    var abstract: String?
  }

  var command: Command
}
