#!/usr/bin/env python3
"""Times Weft, PyTorch and JAX on the same workloads, in turns, and prints one table.

For each workload and number of threads, every program is started once and then times its steps for
a moment in every round, one after the other, so that slow spells of the machine hit all alike. A
turn during which other processes took more than 5 % of a processor is repeated, at most twice. Times
are microseconds a training step: the median over rounds of the median over blocks of steps. `make
bench` installs what is needed and starts this.
"""

import argparse
import json
import math
import os
import platform
import re
import select
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Iterator

HERE = Path(__file__).resolve().parent
WEFT = HERE.parent / ".build/release/weft"
RESULTS = HERE / "RESULTS.md"
#: The names of workloads.py, which needs NumPy; Weft alone is timed without it.
WORKLOADS = [
    "multitask-small", "multitask-medium", "multitask-large", "chunked-continual", "lowrank-wide",
    "hyperlstm", "lstm", "maml-sine", "shapes", "fewshot-hypertransformer", "large-hypernet"]
#: Each peer's package, script and mode.
PEERS = {
    "torch-eager": ("torch", "torch_peer.py", "eager"),
    "torch-compile": ("torch", "torch_peer.py", "compile"),
    "jax": ("jax", "jax_peer.py", "step"),
    "jax-scan": ("jax", "jax_peer.py", "scan"),
}
PEERS_NEED = ("numpy", "torch", "jax")
CORES = len(os.sched_getaffinity(0))
#: The numbers of threads of a whole run.
THREADS = [1, 2][:CORES]
#: tcmalloc keeps the temporaries that PyTorch and XLA allocate in every step; glibc returns them.
ALLOCATOR = "libtcmalloc_minimal.so.4"


def installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def output(*command: str) -> str:
    """What a command prints, or nothing if it fails or is not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


class Failure(Exception):
    pass


def busy() -> float:
    """Seconds of processor time spent on anything, the hypervisor's other guests included."""
    with open("/proc/stat") as file:
        user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


class Program:
    """A program that waits for its turns."""

    def __init__(self, command: list[str], environment: dict[str, str]):
        self.complaints = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.complaints,
            env=environment, text=True)

    def own(self) -> float:
        """Seconds of processor time the program has spent, with children that have ended."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            times = file.read().rpartition(")")[2].split()[11:15]
        return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")

    def turn(self, patience: float) -> dict:
        """The object the program prints before patience, in seconds, ends."""
        try:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Failure(self.reason()) from None
        if not select.select([self.process.stdout], [], [], patience)[0]:
            raise Failure(f"not ready after {patience:g} s")
        line = self.process.stdout.readline()
        if not line.endswith("}\n"):
            raise Failure(self.reason())
        return json.loads(line)

    def undisturbed(self, patience: float) -> dict:
        """A turn for which the machine was the program's own, or else the third one."""
        for _ in range(3):
            start, all_before, own_before = time.monotonic(), busy(), self.own()
            result = self.turn(patience)
            others = busy() - all_before - (self.own() - own_before)
            if others < 0.05 * (time.monotonic() - start):
                break
        return result

    def reason(self) -> str:
        """Why it has ended."""
        status = self.process.wait()
        self.complaints.seek(0)
        said = self.complaints.read().strip().splitlines()
        return said[-1] if said else f"ended with status {status}"

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()
        self.complaints.close()


@dataclass
class Comparison:
    options: argparse.Namespace
    #: The allocator that peers are started with, if it is there.
    allocator: str | None = field(
        default_factory=lambda: ALLOCATOR if ALLOCATOR in output("/sbin/ldconfig", "-p") else None)
    #: Median of each round by workload, threads and program.
    times: dict[tuple[str, int, str], list[float]] = field(default_factory=dict)
    failures: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def programs(self) -> list[str]:
        return ["weft", *self.options.peers]

    def start(self, name: str, workload: str, threads: int) -> Program:
        # Compilers that outlive a peer would count as other processes.
        environment = dict(os.environ, TORCHINDUCTOR_COMPILE_THREADS="1")
        if name == "weft":
            command = [str(self.options.weft.resolve()), "bench", "--json"]
        else:
            _, script, mode = PEERS[name]
            command = [sys.executable, str(HERE / script), "--mode", mode]
            if self.allocator:
                environment["LD_PRELOAD"] = self.allocator
        return Program(
            [*command, workload, "--threads", str(threads), "--seconds",
             str(self.options.seconds), "--turns"], environment)

    def measure(self, workload: str, threads: int) -> None:
        started: dict[str, Program] = {}
        try:
            for turn in range(self.options.rounds):
                for name in self.programs:
                    if (name, workload) in self.failures:
                        continue
                    progress(f"{workload}, threads {threads}, round {turn + 1}: {name}")
                    try:
                        if name not in started:
                            # The turn after which it is ready is not counted: compiling disturbs it.
                            started[name] = self.start(name, workload, threads)
                            started[name].turn(self.options.patience)
                        result = started[name].undisturbed(self.options.patience)
                        times = self.times.setdefault((workload, threads, name), [])
                        times.append(result["us_per_step_median"])
                    except Failure as failure:
                        self.failures[name, workload] = str(failure)
        finally:
            for program in started.values():
                program.end()
            progress("")

    def time(self, workload: str, threads: int, program: str) -> float | None:
        times = self.times.get((workload, threads, program))
        return statistics.median(times) if times else None

    def titles(self) -> list[str]:
        return ["workload", "threads", *self.programs, "best peer / weft", "weft speed-up"]

    def row(self, workload: str, threads: int) -> list[str]:
        """Cells: times, how many times longer the best peer takes than Weft, and how many times
        longer Weft takes with one thread."""
        own, one = (self.time(workload, n, "weft") for n in (threads, 1))
        peers = [known for peer in self.options.peers
                 if (known := self.time(workload, threads, peer))]
        return [
            workload, str(threads),
            *(microseconds(self.time(workload, threads, program)) for program in self.programs),
            f"{min(peers) / own:.2f}" if own and peers else "",
            f"{one / own:.2f}" if own and one and threads > 1 else ""]

    def rows(self) -> Iterator[list[str]]:
        for workload in self.options.workloads:
            for threads in self.options.threads:
                if any(self.time(workload, threads, program) for program in self.programs):
                    yield self.row(workload, threads)

    def notes(self) -> Iterator[str]:
        for (program, workload), why in self.failures.items():
            yield f"{program} is missing for {workload}: {why}"


def microseconds(time: float | None) -> str:
    if time is None:
        return ""
    return f"{time:.1f}" if time < 1000 else f"{time:,.0f}"


def progress(text: str) -> None:
    """One line of a terminal, replaced by the next."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def show(cells: list[str], titles: list[str]) -> None:
    widths = [max(24 if column == 0 else 9, len(title)) for column, title in enumerate(titles)]
    print("  ".join(cell.ljust(width) if column == 0 else cell.rjust(width)
                    for column, (cell, width) in enumerate(zip(cells, widths))), flush=True)


def processor() -> str:
    found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def report(comparison: Comparison, stopped: bool) -> str:
    options = comparison.options
    swift = output("swift", "--version").splitlines()
    packages = [f"{name} {found}" for name in PEERS_NEED if (found := installed(name))]
    table = [comparison.titles(), ["---"] + ["---:"] * (len(comparison.titles()) - 1),
             *comparison.rows()]
    lines = [
        "# Weft beside PyTorch and JAX", "",
        "Microseconds a training step, the programs taking turns: medians over "
        f"{options.rounds} turns of {options.seconds:g} s each. *Best peer / weft* "
        "is how many times longer the fastest peer takes; *weft speed-up* how much faster Weft is "
        "than with one thread.", "",
        *(["**Stopped early.**", ""] if stopped else []),
        *("| " + " | ".join(cells) + " |" for cells in table), "",
        *(f"- {note}" for note in comparison.notes()),
        f"- Machine: {processor()}, {CORES} cores, "
        f"Linux {platform.release()}.",
        f"- Versions: {swift[0] if swift else 'Swift, version unknown'}; "
        f"{', '.join(['Python ' + platform.python_version(), *packages])}; peers allocate with "
        f"{'tcmalloc' if comparison.allocator else 'glibc'}.",
        f"- Measured {date.today()} by `{shlex.join(['Benchmarks/run.py', *sys.argv[1:]])}`.",
    ]
    return "\n".join(lines) + "\n"


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = partial(parser.add_argument, nargs="+", metavar="NAME")
    add("--workloads", choices=WORKLOADS, default=WORKLOADS, help="all, if not given")
    add("--peers", nargs="*", choices=PEERS, default=list(PEERS),
        help=f"of {', '.join(PEERS)}; all that are installed, if not given")
    add("--threads", type=int, default=THREADS, metavar="N", help="1 2, if not given")
    parser.add_argument("--seconds", type=float, default=0.5, help="timed in each turn (0.5)")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each program (7)")
    parser.add_argument("--patience", type=float, default=180, metavar="SECONDS",
                        help="what takes longer to compile, or for a turn, is left out (180)")
    parser.add_argument("--weft", type=Path, default=WEFT, help="the program")
    parser.add_argument(
        "--output", type=Path, metavar="FILE",
        help="write the table there, whatever there is of it; if not given, only a run of all "
        "workloads and peers that was not stopped is written, to Benchmarks/RESULTS.md")
    options = parser.parse_args()
    if not options.weft.is_file():
        parser.error(f"--weft: there is no program {options.weft}; "
                     "swift build -c release --product weft makes one")
    if not output(str(options.weft.resolve()), "--version").startswith("weft "):
        parser.error(f"--weft: {options.weft} does not run as weft; name the program")
    if options.output:
        check_output(parser, options.output)
    if not all(1 <= threads <= CORES for threads in options.threads):
        parser.error(f"--threads takes numbers from 1 to {CORES}, the cores this process may use")
    if options.rounds < 1:
        parser.error("--rounds takes a whole number from 1 on")
    # Weft and the peers take no more.
    if not 0 < options.seconds <= 3600:
        parser.error("--seconds takes a number above 0, 3600 at most")
    if not (options.patience > 0 and math.isfinite(options.patience)):
        parser.error("--patience takes a number of seconds above 0")
    return options


def check_output(parser: argparse.ArgumentParser, path: Path) -> None:
    """Ends the program where the table could not be written hours later."""
    if path.is_dir():
        parser.error(f"--output: {path} is a folder; name a file in it")
    if not path.parent.is_dir():
        parser.error(f"--output: there is no folder {path.parent}; make it first")
    # The table is written beside the file and then takes its place.
    if not os.access(path.parent, os.W_OK | os.X_OK):
        parser.error(f"--output: nothing can be written to {path.parent}; name another folder")
    if path.exists() and not path.is_file():
        parser.error(f"--output: {path} is not a plain file; name another")


def main() -> int:
    options = parsed()
    missing = [package for package in PEERS_NEED if not installed(package)]
    present = [] if "numpy" in missing else [
        peer for peer in options.peers if PEERS[peer][0] not in missing]
    if present != options.peers:
        print(f"Python has no {', '.join(missing)}, so peers are left out; to have them all, "
              f"python3 -m pip install -r {HERE / 'requirements.txt'}")
        options.peers = present
    comparison, stopped = Comparison(options), False
    titles = comparison.titles()
    show(titles, titles)
    try:
        for workload in options.workloads:
            for threads in options.threads:
                comparison.measure(workload, threads)
                show(comparison.row(workload, threads), titles)
    except KeyboardInterrupt:
        progress("")
        stopped = True
    for note in comparison.notes():
        print(note)
    failed = any(program == "weft" for program, _ in comparison.failures)
    whole = (not stopped and not failed and options.workloads == WORKLOADS
             and options.peers == list(PEERS) and options.threads == THREADS)
    if path := options.output or (RESULTS if whole else None):
        unfinished = path.with_name(path.name + ".part")
        unfinished.write_text(report(comparison, stopped))
        unfinished.replace(path)
        print(f"written to {path}")
    else:
        print(f"{RESULTS} is left as it was: "
              f"{'the run was stopped' if stopped else 'not everything was timed'}. "
              "--output FILE writes such a table.")
    return 130 if stopped else 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
