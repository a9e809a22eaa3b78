#!/usr/bin/env python3
"""Times Weft, PyTorch and JAX on the same workloads, in turns, and prints one table.

For each workload and number of threads, every program runs once a round, one after the other, so
that slow spells of the machine hit all alike. A run during which other processes took more than 5 %
of a processor is repeated, at most twice. Times are microseconds a training step: the median over
rounds of the median over blocks of steps. `make bench` installs what is needed and starts this.
"""

import argparse
import json
import os
import platform
import re
import resource
import shlex
import statistics
import subprocess
import sys
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
#: Seconds a run may take besides what is timed; what takes longer to compile is left out.
PATIENCE = 180
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


@dataclass
class Machine:
    """Starts programs, and sees whether they had the machine to themselves."""
    preload: bool = field(default_factory=lambda: ALLOCATOR in output("/sbin/ldconfig", "-p"))

    def busy(self) -> float:
        """Seconds of processor time spent on anything, the hypervisor's other guests included."""
        with open("/proc/stat") as file:
            user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
        return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")

    def own(self) -> float:
        """Seconds of processor time spent by programs that were started here and have ended."""
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    def run(self, command: list[str], is_peer: bool, patience: float) -> dict:
        """The object a program prints before patience, in seconds, ends."""
        # Compilers that outlive a peer would count as other processes.
        environment = dict(os.environ, TORCHINDUCTOR_COMPILE_THREADS="1")
        if is_peer and self.preload:
            environment["LD_PRELOAD"] = ALLOCATOR
        for _ in range(3):
            start, busy, own = time.monotonic(), self.busy(), self.own()
            try:
                done = subprocess.run(command, capture_output=True, text=True, env=environment,
                                      timeout=patience)
            except subprocess.TimeoutExpired:
                raise Failure(f"not ready after {patience:g} s") from None
            if done.returncode or not done.stdout.endswith("}\n"):
                said = done.stderr.strip().splitlines()
                raise Failure(said[-1] if said else f"ended with status {done.returncode}")
            others = self.busy() - busy - (self.own() - own)
            if others < 0.05 * (time.monotonic() - start):
                break
        return json.loads(done.stdout.splitlines()[-1])


@dataclass
class Comparison:
    options: argparse.Namespace
    machine: Machine = field(default_factory=Machine)
    #: Median of each round by workload, threads and program.
    times: dict[tuple[str, int, str], list[float]] = field(default_factory=dict)
    failures: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def programs(self) -> list[str]:
        return ["weft", *self.options.peers]

    def command(self, program: str, workload: str, threads: int) -> list[str]:
        if program == "weft":
            start, end = [str(self.options.weft), "bench"], ["--json"]
        else:
            _, script, mode = PEERS[program]
            start, end = [sys.executable, str(HERE / script)], ["--mode", mode]
        return [*start, workload, "--threads", str(threads), "--seconds",
                str(self.options.seconds), *end]

    def measure(self, workload: str, threads: int) -> None:
        for turn in range(self.options.rounds):
            for program in self.programs:
                if (program, workload) in self.failures:
                    continue
                progress(f"{workload}, threads {threads}, round {turn + 1}: {program}")
                try:
                    result = self.machine.run(
                        self.command(program, workload, threads), program != "weft",
                        PATIENCE + self.options.seconds)
                    times = self.times.setdefault((workload, threads, program), [])
                    times.append(result["us_per_step_median"])
                except Failure as failure:
                    self.failures[program, workload] = str(failure)
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


def openblas(weft: Path) -> str:
    """The library that Weft runs with, as the system's packages call it."""
    found = re.search(r"=> (\S*libopenblas\S*)", output("ldd", str(weft)))
    if not found:
        return "OpenBLAS, version unknown"
    library = os.path.realpath(found[1])
    package = output("dpkg-query", "-S", library).partition(":")[0]
    return output("dpkg-query", "-W", package).replace("\t", " ") if package else library


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
        f"- Versions: {swift[0] if swift else 'Swift, version unknown'}; {openblas(options.weft)}; "
        f"{', '.join(['Python ' + platform.python_version(), *packages])}; peers allocate with "
        f"{'tcmalloc' if comparison.machine.preload else 'glibc'}.",
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
    parser.add_argument("--seconds", type=float, default=2, help="timed in each run (2)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each program (3)")
    parser.add_argument("--weft", type=Path, default=WEFT, help="the program")
    parser.add_argument(
        "--output", type=Path, metavar="FILE",
        help="write the table there, whatever there is of it; if not given, only a run of all "
        "workloads and peers that was not stopped is written, to Benchmarks/RESULTS.md")
    options = parser.parse_args()
    if not os.access(options.weft, os.X_OK):
        parser.error(f"{options.weft} is not there; swift build -c release --product weft makes it")
    if not all(1 <= threads <= CORES for threads in options.threads):
        parser.error(f"--threads takes numbers from 1 to {CORES}, the cores this process may use")
    if options.rounds < 1:
        parser.error("--rounds takes a whole number from 1 on")
    return options


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
