"""The highest setpoint by outdoor temperature."""

from dataclasses import dataclass
from datetime import datetime

from ...curve import Curve
from ...settings.protection import CAP_DWELL, CAP_HYSTERESIS, OUTDOOR_STALE_AFTER
from ...units import EPSILON


@dataclass(frozen=True, slots=True)
class Cap:
    """The outdoor temperature that the cap goes by, °C; None: nobody knows, and there is no cap."""

    outdoor: float | None = None
    since: datetime | None = None
    """Since when it goes by that."""
    outdoor_seen_at: datetime | None = None
    """When it was last known how warm it is."""


NO_CAP = Cap()


def is_cold_enough(outdoor: float, curve: Curve) -> bool:
    """Tell whether it is cold enough for a cap: warmer than at the curve's end a pump carries whatever is wanted."""
    return outdoor <= curve[-1][0] + EPSILON


def advance(previous: Cap, at: datetime, outdoor: float | None) -> tuple[Cap, datetime | None]:
    """Take in the outdoor temperature; tell also when it may count, where it is too early now."""
    if outdoor is None:
        lost = (
            at
            if previous.outdoor_seen_at is None
            else min(previous.outdoor_seen_at, at) + OUTDOOR_STALE_AFTER
        )
        return (previous, lost) if at < lost else (NO_CAP, None)
    if previous.outdoor is None or previous.since is None:
        return Cap(outdoor, at, at), None
    # A clock that was set back does not hold it for longer.
    since = min(previous.since, at)
    if abs(outdoor - previous.outdoor) < CAP_HYSTERESIS - EPSILON:
        return Cap(previous.outdoor, since, at), None
    if at < since + CAP_DWELL:
        return Cap(previous.outdoor, since, at), since + CAP_DWELL
    return Cap(outdoor, at, at), None
