"""What a signal must remember from one observation to the next."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Memory:
    """What a signal must remember from one observation to the next."""

    settled: bool | None = None
    """The last verdict, after the delays."""
    differs_since: datetime | None = None
    """Since when the reading contradicts what is settled."""
    count: float | None = None
    """The counter's last value."""
    counted_at: datetime | None = None
    """When it last grew, or was first seen."""
    grew: bool = False
    level: float | None = None
    """The highest power of this run; None: none is going on."""
    fell_to: float | None = None
    """A power far below that, which may be a mean over the run's end; None: it did not fall."""
    fell_at: datetime | None = None
    """When it fell to that."""
    due: datetime | None = None
    """When time alone will change the verdict."""
