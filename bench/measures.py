"""Measure costs in sessions of homes that take turns."""

from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from .day import DAY, HOUR, MINUTE, aux_seconds
from .past import (
    FEW_DAYS,
    HISTORY_DAYS,
    MONTH_BEGAN,
    NOW,
    RIVALS,
    START,
    History,
    make_folder,
    seed_stack,
    start_empty,
    start_ours,
    start_stack,
)
from .report import Figures
from .worker import LEAD, Worker, call_all

KEEP_DAYS = 10
"""The days that Home Assistant's recorder keeps by default."""
MANY = 50
"""The number of thermostats that are set up at once."""
TURN = 2 * HOUR
"""The seconds of a home's turn: short compared to the drift of a machine, long compared to an
event."""
CYCLE = 72 * MINUTE
"""Seconds from one aux heat run to the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementPlan:
    """The extent of the measurements."""

    days: int
    idle_times: int
    idle_events: int
    single_setups: int
    weighed_count: int
    history_turns: int
    """The number of turns, each one cycle long, with much and with little history."""
    live_every: int
    """The guard runs on every n-th day of the 180 days of history, and in the last week."""
    crowd_turns: int
    """The number of turns of 12 minutes with 500 and with 50 thermostats. Aux heat runs during half
    of the first turn."""


FULL = MeasurementPlan(
    days=7,
    idle_times=9,
    idle_events=2000,
    single_setups=11,
    weighed_count=20,
    history_turns=9,
    live_every=1,
    crowd_turns=12,
)
QUICK = MeasurementPlan(
    days=1,
    idle_times=5,
    idle_events=1000,
    single_setups=5,
    weighed_count=10,
    history_turns=3,
    live_every=9,
    crowd_turns=1,
)


def measure_day(plan: MeasurementPlan, past: History) -> dict[str, Figures]:
    """Measure the cost of whole days for the loop and the recorder."""
    with ExitStack() as stack:
        workers = [start_empty(stack), start_ours(stack, past.long), start_stack(stack)]
        call_all(workers, "open")
        seed_stack(workers[-1], FEW_DAYS)
        call_all(workers, "play", NOW)
        before = [worker.call("database", 0, 0)[1] for worker in workers]
        turns = [
            [worker.call("play", NOW + (turn + 1) * TURN) for worker in workers]
            for turn in range(plan.days * DAY // TURN)
        ]
        after = [worker.call("database", NOW, NOW + plan.days * DAY) for worker in workers]
        idle = [worker.call("idle", plan.idle_events, plan.idle_times) for worker in workers]
    grown = [(size - then) / plan.days for (_, size), then in zip(after, before, strict=True)]
    return {
        rival: {
            "loop_us_per_event": 1e6
            * _sum_of_day([turn[who] - turn[0] for turn in turns])
            / (DAY / MINUTE),
            "idle_us_per_event": 1e6 * (idle[who] - idle[0]),
            "writes_per_day": after[who][0] / plan.days,
            "recorder_kb_per_day": (grown[who] - grown[0]) / 1000,
        }
        for who, rival in enumerate(RIVALS, start=1)
    }


def measure_setup(plan: MeasurementPlan, _past: History) -> dict[str, Figures]:
    """Measure the setup of single thermostats and of 50 at once, and the memory of some more."""
    first, last = plan.single_setups + 1, plan.single_setups + 1 + MANY
    with ExitStack() as stack:
        workers = [
            _start_home(stack, rival, last + plan.weighed_count, NOW - LEAD) for rival in RIVALS
        ]
        call_all(workers, "open")
        call_all(workers, "set_up", 0, 1)
        singles = [
            [
                _single_setup_cost(worker, index, rival)
                for worker, rival in zip(workers, RIVALS, strict=True)
            ]
            for index in range(1, first)
        ]
        many = [worker.call("set_up", first, last)[1] for worker in workers]
        weights = call_all(workers, "weigh", last, last + plan.weighed_count)
    return {
        rival: {
            "setup_loop_ms": 1e3 * median(single[who] for single in singles),
            "setup_50_wall_ms": 1e3 * many[who],
            "memory_kib_per_entry": weights[who],
        }
        for who, rival in enumerate(RIVALS)
    }


def measure_history(plan: MeasurementPlan, past: History) -> dict[str, Figures]:
    """Measure updates after 180 days of history and after one day, and the month after a purge."""
    end = NOW + plan.history_turns * CYCLE
    with ExitStack() as stack:
        ours = [start_ours(stack, of) for of in (past.long, past.day)]
        theirs = [start_stack(stack) for _ in range(2)]
        workers = [start_empty(stack), *ours, *theirs]
        call_all(workers, "open")
        for worker, days in zip(theirs, (HISTORY_DAYS, 1), strict=True):
            seed_stack(worker, days)
        call_all(workers, "play", NOW)
        turns = [
            [worker.call("play", NOW + (turn + 1) * CYCLE) for worker in workers]
            for turn in range(plan.history_turns)
        ]
        months = [_purge_and_restart(worker, end) for worker in (ours[0], theirs[0])]
    net = [median(turn[who] - turn[0] for turn in turns) for who in range(len(workers))]
    truth = (past.month_seconds(end), aux_seconds(MONTH_BEGAN * DAY, end))
    return {
        rival: {
            "update_cost_180_over_1": net[1 + 2 * who] / net[2 + 2 * who],
            "month_error_after_purge_s": months[who] - truth[who],
        }
        for who, rival in enumerate(RIVALS)
    }


def measure_crowd(plan: MeasurementPlan, _past: History) -> dict[str, Figures]:
    """Measure the cost of each of 500 thermostats over that of each of 50."""
    sizes = (MANY, 10 * MANY)
    begin, turn = NOW + 24 * MINUTE, 12 * MINUTE
    with ExitStack() as stack:
        workers = [
            _start_home(stack, kind, size, begin - MINUTE)
            for size in sizes
            for kind in ("empty", "ours")
        ]
        call_all(workers, "open")
        for few, many in ((workers[0], workers[2]), (workers[1], workers[3])):
            few.start("set_up", 0, sizes[0])
            many.start("set_up", 0, sizes[1])
            few.finish()
            many.finish()
        call_all(workers, "play", begin)
        turns = [
            [worker.call("play", begin + number * turn) for worker in workers]
            for number in range(1, plan.crowd_turns + 1)
        ]
    each = [
        sum(spent[2 * which + 1] - spent[2 * which] for spent in turns) / size
        for which, size in enumerate(sizes)
    ]
    return {"ours": {"cost_500_over_50": each[1] / each[0]}}


def _start_home(stack: ExitStack, kind: str, count: int, begins: float) -> Worker:
    return stack.enter_context(Worker(kind, make_folder(stack), START, begins=begins, count=count))


def _sum_of_day(turns: list[float]) -> float:
    """Return the sum of the turns of a day, each the median over all days."""
    return sum(median(turns[turn :: DAY // TURN]) for turn in range(DAY // TURN))


def _single_setup_cost(worker: Worker, index: int, rival: str) -> float:
    # A new automation reloads all automations. Reloading the existing ones is not its cost.
    known: float = worker.call("reload") if rival == "stack" else 0.0
    spent: float = worker.call("set_up", index, index + 1)[0]
    return spent - known


def _purge_and_restart(worker: Worker, end: int) -> float:
    """Return this month's aux heat in seconds after a purge, and a restart in a new process."""
    worker.call("purge", KEEP_DAYS)
    worker.call("close")
    with ExitStack() as stack:
        again = stack.enter_context(
            Worker(worker.kind, make_folder(stack, worker.folder), START, begins=end)
        )
        again.call("open")
        again.call("feed", end + 10 * MINUTE)
        shown: float = again.call("month_seconds")
        return shown
