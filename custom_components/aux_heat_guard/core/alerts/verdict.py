"""What a condition says of a situation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

type Fact = float | str | datetime
type Facts = Mapping[str, Fact]
"""Figures for the text, by name: those that end with _s are seconds, with _c °C, with _k K, with _pct %; the others are as they are."""

type Thresholds = Mapping[str, float]
"""What the user chose for an alert, in the units of FIGURES."""


NO_FACTS: Facts = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a condition holds; None: nobody knows."""

    holds: bool | None
    due: datetime | None = None
    """When time alone may change that."""
    facts: Facts = NO_FACTS
    is_expected: bool | None = None
    """Whether it was to be expected, and is shown without a notice; None: as it was."""


SECOND = timedelta(seconds=1)


def due_after(at: datetime, seconds: float) -> datetime:
    """Return when to look again, by what is left to count, s; a second later at the earliest."""
    return at + max(timedelta(seconds=seconds), SECOND)


NOT_MET = Verdict(holds=False)
MET = Verdict(holds=True)
UNKNOWN = Verdict(holds=None)
