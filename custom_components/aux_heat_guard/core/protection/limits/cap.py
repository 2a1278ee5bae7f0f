"""The cap: the highest setpoint by outdoor temperature."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from ...curve import interpolate
from ...model import Limit
from ...settings.protection import CAP_DWELL, CAP_HYSTERESIS, OUTDOOR_STALE_AFTER
from ...units import EPSILON
from ..context import ControlContext
from .base import LimitInputs, LimitState, StoredField, StoredKind


@dataclass(frozen=True, slots=True)
class Cap(LimitState):
    """The outdoor temperature that the cap is based on."""

    outdoor: float | None = None
    """°C, or None if it is unknown and there is no cap."""
    since: datetime | None = None
    """The time since which the cap is based on this temperature."""
    outdoor_seen_at: datetime | None = None
    """The time at which the outdoor temperature was last known."""

    LIMIT: ClassVar = Limit.CAP
    STORED: ClassVar[Mapping[str, StoredField]] = {
        "outdoor": StoredField(StoredKind.TEMPERATURE),
        "since": StoredField(StoredKind.INSTANT),
        "outdoor_seen_at": StoredField(StoredKind.INSTANT, key="seen"),
    }
    LOWERS_COMFORT: ClassVar = True

    def advance_always(
        self,
        context: ControlContext,
        *,
        is_held: bool,  # noqa: ARG002 -- a hold does not stop the weather
    ) -> tuple[Cap, datetime | None]:
        """Follow the outdoor temperature."""
        return self.advance(context.at, context.outdoor)

    def advance(self, at: datetime, outdoor: float | None) -> tuple[Cap, datetime | None]:
        """Return the next state, and when an outdoor temperature in °C may count if not yet."""
        if outdoor is None:
            return self._advance_without_outdoor(at)
        if self.outdoor is None or self.since is None:
            return Cap(outdoor, at, at), None
        # A clock that was set back does not make the dwell longer.
        since = min(self.since, at)
        if abs(outdoor - self.outdoor) < CAP_HYSTERESIS - EPSILON:
            return Cap(self.outdoor, since, at), None
        if at < since + CAP_DWELL:
            return Cap(self.outdoor, since, at), since + CAP_DWELL
        return Cap(outdoor, at, at), None

    def _advance_without_outdoor(self, at: datetime) -> tuple[Cap, datetime | None]:
        if self.outdoor_seen_at is None:
            return NO_CAP, None
        stale_at = min(self.outdoor_seen_at, at) + OUTDOOR_STALE_AFTER
        return (self, stale_at) if at < stale_at else (NO_CAP, None)

    def max_setpoint(self, inputs: LimitInputs) -> float | None:
        """Return the cap in °C. Above the end of the curve a heat pump reaches any setpoint."""
        curve = inputs.context.settings.protection.cap
        if curve is None or self.outdoor is None or self.outdoor > curve[-1][0] + EPSILON:
            return None
        return interpolate(curve, self.outdoor)


NO_CAP = Cap()
