"""The result of a condition."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from .facts import NO_FACTS, Facts

type Thresholds = Mapping[str, float]
"""The user's thresholds for one alert by name, in the units of the rule's `thresholds`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The result of evaluating a condition."""

    holds: bool | None
    """Whether the condition holds; None if that is unknown."""
    due: datetime | None = None
    """When the passage of time alone may change the verdict."""
    facts: Facts = NO_FACTS
    is_expected: bool | None = None
    """Whether aux heat was expected, so that the alert is shown without a notification. None
    keeps the previous value."""


SECOND = timedelta(seconds=1)


def due_after(at: datetime, seconds: float) -> datetime:
    """Return the time to evaluate again, when that many seconds are left to count.

    At least one second later.
    """
    return at + max(timedelta(seconds=seconds), SECOND)


NOT_MET = Verdict(holds=False)
MET = Verdict(holds=True)
UNKNOWN = Verdict(holds=None)
