"""The history of the measured homes.

AUX Heat Guard plays its history as fast as possible. The stack gets the states that its aux heat
sensor would have left in a recorder that keeps everything.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
import shutil
from tempfile import TemporaryDirectory

from .day import DAY, aux_seconds
from .worker import LEAD, Worker, call_all

RIVALS = ("ours", "stack")
START = datetime(2026, 7, 29)  # noqa: DTZ001 -- the worker knows the zone
"""The midnight from which all seconds are counted. It is after the first of July, so that the whole
history is in one season."""
HISTORY_DAYS = 180
NOW = HISTORY_DAYS * DAY
"""Seconds until Monday, the 25th of January: most of the month is older than a recorder keeps."""
MONTH_BEGAN = (datetime(2027, 1, 1) - START).days  # noqa: DTZ001
"""The first day of the month, as a day number."""
FEW_DAYS = 8
"""The days of the short history: more than any rolling window."""


@dataclass(frozen=True, slots=True)
class History:
    """Folders of AUX Heat Guard from shortly before now, which are copied before each use."""

    long: Path
    day: Path
    live_every: int

    def month_seconds(self, until: int) -> int:
        """Return this month's aux heat in the played history, up to a second from now on."""
        days = (number for number in _days_lived(self.live_every) if number >= MONTH_BEGAN)
        return sum(aux_seconds(number * DAY, (number + 1) * DAY) for number in days) + aux_seconds(
            NOW, until
        )


def build_past(folder: Path, every: int) -> History:
    """Play 180 days of AUX Heat Guard's history, or some of them, and one day for comparison.

    Home Assistant has no recorder in these homes.
    """
    past = History(folder / "long", folder / "day", every)
    with ExitStack() as stack:
        workers = []
        for path, begin in ((past.long, 0), (past.day, NOW - DAY)):
            path.mkdir()
            workers.append(stack.enter_context(Worker("ours", path, START, begins=begin - LEAD)))
        call_all(workers, "open", False)
        call_all(workers, "set_up", 0, 1)
        workers[0].start(
            "live",
            [(number * DAY, min((number + 1) * DAY, NOW - LEAD)) for number in _days_lived(every)],
        )
        workers[1].call("feed", NOW - LEAD)
        workers[0].finish()
    return past


def _days_lived(every: int) -> list[int]:
    return [
        number
        for number in range(HISTORY_DAYS)
        if number >= HISTORY_DAYS - FEW_DAYS or (HISTORY_DAYS - number) % every == 0
    ]


def make_folder(stack: ExitStack, of: Path | None = None) -> Path:
    """Create a folder, empty or a copy, that is removed with the exit stack."""
    made = Path(stack.enter_context(TemporaryDirectory()))
    if of is not None:
        shutil.copytree(of, made, dirs_exist_ok=True)
    return made


def start_empty(stack: ExitStack) -> Worker:
    """Start the home that is the baseline for all others."""
    return stack.enter_context(Worker("empty", make_folder(stack), START, begins=NOW - LEAD))


def start_ours(stack: ExitStack, of: Path) -> Worker:
    """Start a home in which AUX Heat Guard continues from its history."""
    return stack.enter_context(Worker("ours", make_folder(stack, of), START, begins=NOW - LEAD))


def start_stack(stack: ExitStack) -> Worker:
    """Start a home for the stack. Call `open`, `seed` and `set_up` next."""
    return stack.enter_context(Worker("stack", make_folder(stack), START, begins=NOW - LEAD))


def seed_stack(worker: Worker, days: int) -> None:
    """Write some days of history for the stack, and set up the stack."""
    worker.call("seed", NOW - days * DAY, NOW - LEAD)
    worker.call("set_up", 0, 1)
