"""What the peers share: a command line and a line of JSON like those of `weft bench --json`, the
same processors and the same clock."""

import json
import math
import os
import statistics
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


def measure(train: Callable[[int], Sequence], seconds: float, together: int = 1) -> dict:
    """Times `train(n)`, which takes n steps, a multiple of `together`, and returns their losses
    when all results exist. Blocks of at least 20 ms are timed, after a warm-up."""
    def rounded(steps: float) -> int:
        return together * max(1, math.ceil(steps / together))

    loss_first = float(train(rounded(1))[0])
    train(rounded(20))
    warmed, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < 0.5:
        train(rounded(1))
        warmed += rounded(1)
    block = rounded(0.02 * warmed / elapsed)

    times: list[float] = []
    total = 0.0
    while total < seconds or len(times) < 5:
        start = time.perf_counter()
        train(block)
        elapsed = time.perf_counter() - start
        times.append(elapsed / block)
        total += elapsed
    return {"us_per_step_median": round(statistics.median(times) * 1e6, 2),
            "us_per_step_min": round(min(times) * 1e6, 2),
            "steps": block * len(times),
            "loss_first": loss_first,
            "loss_last": statistics.fmean(float(loss) for loss in train(rounded(20)))}


def report(peer: str, workload: str, threads: int, result: dict) -> None:
    line = {"peer": peer, "workload": workload, "threads": threads, **result}
    print(json.dumps(line), flush=True)
