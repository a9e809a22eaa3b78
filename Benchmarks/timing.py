"""What the peers share: a command line and a line of JSON like those of `weft bench --json`, the
same processors and the same clock."""

import json
import math
import os
import statistics
import sys
import time
from argparse import ArgumentParser, Namespace
from typing import Callable, Sequence

from workloads import WORKLOADS


def options(description: str, modes: Sequence[str]) -> Namespace:
    """The command line; afterwards this process is confined to as many processors as threads."""
    parser = ArgumentParser(description=description)
    parser.add_argument("workload", choices=[*WORKLOADS, "all"], metavar="workload|all")
    parser.add_argument("--mode", choices=modes, default=modes[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--turns", action="store_true",
                        help="time once for every line of standard input, until it ends")
    chosen = parser.parse_args()
    confine(chosen.threads)
    chosen.workloads = list(WORKLOADS) if chosen.workload == "all" else [chosen.workload]
    return chosen


def confine(threads: int) -> None:
    """To the first processors the process may use, whatever threads an import has started. XLA
    makes its pool as large as this set."""
    processors = sorted(os.sched_getaffinity(0))
    if not 1 <= threads <= len(processors):
        raise SystemExit(f"--threads takes 1 to {len(processors)}, the processors this process "
                         f"may use, not {threads}")
    for task in os.listdir("/proc/self/task"):
        os.sched_setaffinity(int(task), processors[:threads])


class Timer:
    """Times `train(n)`, which takes n steps, a multiple of `together`, and returns their losses
    when all results exist."""

    def __init__(self, train: Callable[[int], Sequence], together: int = 1):
        """Warms up."""
        self.train, self.together = train, together
        self.loss_first = float(train(self.rounded(1))[0])
        train(self.rounded(20))
        warmed, start = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - start) < 0.5:
            train(self.rounded(1))
            warmed += self.rounded(1)
        #: Steps of a block, which takes at least 20 ms.
        self.block = self.rounded(0.02 * warmed / elapsed)

    def rounded(self, steps: float) -> int:
        return self.together * max(1, math.ceil(steps / self.together))

    def measure(self, seconds: float) -> dict:
        """Median and minimum over the blocks of about some seconds."""
        times: list[float] = []
        total = 0.0
        while total < seconds or len(times) < 5:
            start = time.perf_counter()
            self.train(self.block)
            elapsed = time.perf_counter() - start
            times.append(elapsed / self.block)
            total += elapsed
        last = self.train(self.rounded(20))
        return {"us_per_step_median": round(statistics.median(times) * 1e6, 2),
                "us_per_step_min": round(min(times) * 1e6, 2),
                "steps": self.block * len(times),
                "loss_first": self.loss_first,
                "loss_last": statistics.fmean(float(loss) for loss in last)}


def run(peer: str, workload: str, chosen: Namespace, train: Callable[[int], Sequence],
        together: int = 1) -> None:
    """Prints a line of JSON, or one for each turn."""
    timer = Timer(train, together)
    for _ in sys.stdin if chosen.turns else [""]:
        print(json.dumps({"peer": peer, "workload": workload, "threads": chosen.threads,
                          **timer.measure(chosen.seconds)}), flush=True)
