"""The highest setpoint by outdoor temperature."""

from dataclasses import dataclass
from datetime import datetime

from ...curve import Curve
from ...settings.protection import BLIND_AFTER, CAP_DWELL, CAP_HYSTERESIS
from ...units import EPSILON


@dataclass(frozen=True, slots=True)
class Cap:
    """The outdoor temperature that the cap goes by, °C; None: nobody knows, and there is no cap."""

    outdoor: float | None = None
    since: datetime | None = None
    """Since when it goes by that."""
    seen: datetime | None = None
    """When it was last known how warm it is."""


FREE = Cap()


def holds(outdoor: float, curve: Curve) -> bool:
    """Tell whether it is cold enough for a cap: warmer than at the curve's end a pump carries whatever is wanted."""
    return outdoor <= curve[-1][0] + EPSILON


def followed(memory: Cap, at: datetime, outdoor: float | None) -> tuple[Cap, datetime | None]:
    """Take in the outdoor temperature; tell also when it may count, where it is too early now."""
    if outdoor is None:
        lost = at if memory.seen is None else min(memory.seen, at) + BLIND_AFTER
        return (memory, lost) if at < lost else (FREE, None)
    if memory.outdoor is None or memory.since is None:
        return Cap(outdoor, at, at), None
    # A clock that was set back does not hold it for longer.
    since = min(memory.since, at)
    if abs(outdoor - memory.outdoor) < CAP_HYSTERESIS - EPSILON:
        return Cap(memory.outdoor, since, at), None
    if at < since + CAP_DWELL:
        return Cap(memory.outdoor, since, at), since + CAP_DWELL
    return Cap(outdoor, at, at), None
