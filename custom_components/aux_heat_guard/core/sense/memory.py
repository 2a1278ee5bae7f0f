"""What a signal must remember from one observation to the next."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SignalMemory:
    """What a signal must remember from one observation to the next."""

    is_on: bool | None = None
    """The last verdict, after the delays."""
    changing_since: datetime | None = None
    """Since when the reading contradicts what is settled."""
    last_count: float | None = None
    """The counter's last value."""
    last_growth_at: datetime | None = None
    """When it last grew, or was first seen."""
    is_growing: bool = False
    peak_power: float | None = None
    """The highest power of this run; None: none is going on."""
    dropped_power: float | None = None
    """A power far below that, which may be a mean over the run's end; None: it did not fall."""
    dropped_at: datetime | None = None
    """When it fell to that."""
    due: datetime | None = None
    """When time alone will change the verdict."""
