"""What it costs to track AUX: ours beside the stack a user would build from core pieces. `scripts/bench overhead [--quick] [--json]`.

All figures are net of an empty Home Assistant that plays the same day, with a real recorder on a SQLite file, in virtual time (see clock).
The loop's cost is CPU time of the loop's thread (time.thread_time): the loop is what all of Home Assistant shares; the recorder's thread and
the writers of files work beside it, and time in which the loop waits is free. The three take turns, so that a machine that slows down slows
all of them, and medians are taken.
"""

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
import json
from pathlib import Path
from statistics import median
import sys
from tempfile import TemporaryDirectory

from . import report
from .day import DAY, HOUR, MINUTE, aux_seconds
from .report import Figures
from .worker import LEAD, Worker

MONDAY = datetime(2027, 1, 11)  # noqa: DTZ001 -- the worker knows the zone
SUMMER = datetime(2026, 7, 15)  # noqa: DTZ001
"""180 days before that Monday; the season begins on the first of July."""
NEW_YEAR = datetime(2027, 1, 1)  # noqa: DTZ001
HISTORY_DAYS = 180
KEEP_DAYS = 10
"""What Home Assistant's recorder keeps unless told otherwise."""
MANY = 50
"""Thermostats that are set up at once."""
CYCLE = 72 * MINUTE
"""Seconds from one AUX run to the next."""
RIVALS = ("ours", "stack")


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    days: int
    idle_times: int
    idle_events: int
    single_setups: int
    weighed: int
    history_turns: int
    """Turns of a cycle with much and with little history."""
    cold_every: int
    """Of the 180 days of history that ours lives through, every so many have AUX."""
    month_days: int
    crowd_turns: int
    """Turns of 12 minutes with 500 and with 50 thermostats; half of the first two is an AUX run."""


FULL = Plan(
    days=7, idle_times=9, idle_events=2000, single_setups=11, weighed=20, history_turns=9, cold_every=1, month_days=25, crowd_turns=12
)
QUICK = Plan(
    days=1, idle_times=5, idle_events=1000, single_setups=5, weighed=10, history_turns=3, cold_every=6, month_days=12, crowd_turns=2
)


@contextmanager
def _at_work(*wanted: tuple[str, int], midnight: datetime = MONDAY, begins: float = -LEAD) -> Iterator[list[Worker]]:
    """Open homes of a kind with so many thermostats."""
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(kind, _folder(stack), midnight, begins=begins, count=count)) for kind, count in wanted]
        for worker in workers:
            worker.call("open")
        yield workers


def _folder(stack: ExitStack) -> Path:
    return Path(stack.enter_context(TemporaryDirectory()))


def day(plan: Plan) -> dict[str, Figures]:
    """Play whole days; see what they cost the loop and the recorder."""
    with _at_work(("empty", 1), ("ours", 1), ("stack", 1)) as workers:
        for worker in workers:
            worker.call("set_up", 0, 1)
            worker.call("play", 0)
        before = [worker.call("database", 0, 0)[1] for worker in workers]
        hours = [[worker.call("play", (hour + 1) * HOUR) for worker in workers] for hour in range(plan.days * DAY // HOUR)]
        after = [worker.call("database", 0, plan.days * DAY) for worker in workers]
        idle = [worker.call("idle", plan.idle_events, plan.idle_times) for worker in workers]
    grown = [(size - then) / plan.days for (_, size), then in zip(after, before, strict=True)]
    return {
        rival: {
            "loop_us_per_event": 1e6 * _a_day([turn[who] - turn[0] for turn in hours]) / (DAY / MINUTE),
            "idle_us_per_event": 1e6 * (idle[who] - idle[0]),
            "writes_per_day": after[who][0] / plan.days,
            "recorder_kb_per_day": (grown[who] - grown[0]) / 1000,
        }
        for who, rival in enumerate(RIVALS, start=1)
    }


def _a_day(hours: list[float]) -> float:
    """Add up the hours of a day, each the median over all days."""
    return sum(median(hours[hour :: DAY // HOUR]) for hour in range(DAY // HOUR))


def setting_up(plan: Plan) -> dict[str, Figures]:
    """Set up thermostats one by one, then 50 at once, where one is there already."""
    first = plan.single_setups + 1
    with _at_work(*((rival, first + MANY) for rival in RIVALS)) as workers:
        for worker in workers:
            worker.call("set_up", 0, 1)
        singles = [[_single(worker, index, rival) for worker, rival in zip(workers, RIVALS, strict=True)] for index in range(1, first)]
        many = [worker.call("set_up", first, first + MANY)[1] for worker in workers]
    return {
        rival: {"setup_loop_ms": 1e3 * median(single[who] for single in singles), "setup_50_wall_ms": 1e3 * many[who]}
        for who, rival in enumerate(RIVALS)
    }


def _single(worker: Worker, index: int, rival: str) -> float:
    # A new automation has all of them read again; those that were there are not its cost.
    known: float = worker.call("reload") if rival == "stack" else 0.0
    spent: float = worker.call("set_up", index, index + 1)[0]
    return spent - known


def memory(plan: Plan) -> dict[str, Figures]:
    """Weigh what each further thermostat takes."""
    with _at_work(*((rival, plan.weighed + 1) for rival in RIVALS)) as workers:
        for worker in workers:
            worker.call("set_up", 0, 1)
        return {
            rival: {"memory_kib_per_entry": worker.call("weigh", 1, plan.weighed + 1)}
            for rival, worker in zip(RIVALS, workers, strict=True)
        }


def history(plan: Plan) -> dict[str, Figures]:
    """Compare updates after 180 days of history with updates after one."""
    end, short = HISTORY_DAYS * DAY, (HISTORY_DAYS - 1) * DAY
    with ExitStack() as stack:
        empty = stack.enter_context(_at_work(("empty", 1), midnight=SUMMER, begins=end - LEAD))[0]
        ours = [_fed(stack, begin, end, plan.cold_every) for begin in (0, short)]
        theirs = [_seeded(stack, begin, end) for begin in (0, short)]
        workers = [empty, *ours, *theirs]
        for worker in workers:
            worker.call("play", end)
        turns = [[worker.call("play", end + (turn + 1) * CYCLE) for worker in workers] for turn in range(plan.history_turns)]
    net = [median(turn[who] - turn[0] for turn in turns) for who in range(len(workers))]
    return {"ours": {"update_cost_180_over_1": net[1] / net[2]}, "stack": {"update_cost_180_over_1": net[3] / net[4]}}


def _fed(stack: ExitStack, begin: int, end: int, every: int) -> Worker:
    """Give ours its history by living through it; the recorder would have forgotten most of it."""
    folder = _folder(stack)
    _live(folder, SUMMER, begin, end - LEAD, every)
    worker = stack.enter_context(Worker("ours", folder, SUMMER, begins=end - LEAD))
    worker.call("open")
    return worker


def _live(folder: Path, midnight: datetime, begin: int, end: int, every: int = 1) -> None:
    """Let ours live in a home without a recorder."""
    with Worker("ours", folder, midnight, begins=begin - LEAD) as worker:
        worker.call("open", False)
        worker.call("set_up", 0, 1)
        worker.call("feed", end, every)


def _seeded(stack: ExitStack, begin: int, end: int) -> Worker:
    """Give the stack its history, with a recorder that keeps all of it."""
    worker = stack.enter_context(Worker("stack", _folder(stack), SUMMER, begins=end - LEAD))
    worker.call("open")
    worker.call("seed", begin, end - LEAD)
    worker.call("set_up", 0, 1)
    return worker


def month(plan: Plan) -> dict[str, Figures]:
    """See what is left of a month after the recorder's purge and a restart."""
    last, end = (plan.month_days - 1) * DAY, plan.month_days * DAY
    result: dict[str, Figures] = {}
    for rival in RIVALS:
        with TemporaryDirectory() as path:
            folder = Path(path)
            if rival == "ours":
                # Its recorder comes to it for the last day only: that holds less than any purge leaves, and saves minutes.
                _live(folder, NEW_YEAR, 0, last)
            with Worker(rival, folder, NEW_YEAR, begins=last) as worker:
                worker.call("open")
                worker.call("seed", 0, last)
                if rival == "stack":
                    worker.call("set_up", 0, 1)
                worker.call("feed", end)
                worker.call("purge", KEEP_DAYS)
            with Worker(rival, folder, NEW_YEAR, begins=end) as worker:
                worker.call("open")
                worker.call("feed", end + 10 * MINUTE)
                result[rival] = {"month_error_after_purge_s": worker.call("month_seconds") - aux_seconds(0, end)}
    return result


def crowd(plan: Plan) -> dict[str, Figures]:
    """Compare what each of 500 costs with what each of 50 costs."""
    sizes = (MANY, 10 * MANY)
    begin, turn = 24 * MINUTE, 12 * MINUTE
    with _at_work(*((kind, size) for size in sizes for kind in ("empty", "ours")), begins=begin - MINUTE) as workers:
        for worker, size in zip(workers, (size for size in sizes for _ in range(2)), strict=True):
            worker.call("set_up", 0, size)
            worker.call("play", begin)
        turns = [[worker.call("play", begin + number * turn) for worker in workers] for number in range(1, plan.crowd_turns + 1)]
    few, many = (sum(each[2 * which + 1] - each[2 * which] for each in turns) / size for which, size in enumerate(sizes))
    return {"ours": {"cost_500_over_50": many / few}, "stack": {}}


MEASURES = (day, setting_up, memory, history, month, crowd)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench overhead", description="What tracking AUX costs, ours beside a stack of core pieces."
    )
    parser.add_argument("--quick", action="store_true", help="less of everything, in three minutes")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object in the last line")
    arguments = parser.parse_args()
    figures: dict[str, Figures] = {rival: {} for rival in RIVALS}
    for measure in MEASURES:
        print(f"measuring: {measure.__name__.replace('_', ' ')}", file=sys.stderr)  # noqa: T201
        for rival, found in measure(QUICK if arguments.quick else FULL).items():
            figures[rival] |= {key: round(value, 4) for key, value in found.items()}
    print(report.table(figures["ours"], figures["stack"]))  # noqa: T201
    if arguments.json:
        print(json.dumps(figures))  # noqa: T201


if __name__ == "__main__":
    main()
