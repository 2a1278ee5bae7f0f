"""Switches by outdoor temperature: furnace instead of heat pump, and the aux lockout."""

from dataclasses import dataclass, replace
from datetime import datetime

from ..settings.protection import OUTDOOR_STALE_AFTER, SWITCHOVER_DWELL, SWITCHOVER_HYSTERESIS
from ..units import EPSILON


@dataclass(frozen=True, slots=True)
class Threshold:
    """The outdoor temperature at which a switch turns on."""

    outdoor: float
    """The threshold in °C."""
    is_on_when_cold: bool
    """Whether the switch is on at the threshold and below; otherwise at it and above."""

    def is_met(self, outdoor: float, *, is_on: bool) -> bool:
        """Return True if the switch should be on, with hysteresis while it is on already."""
        beyond = self.outdoor - outdoor if self.is_on_when_cold else outdoor - self.outdoor
        return beyond >= (-SWITCHOVER_HYSTERESIS if is_on else 0.0) - EPSILON


@dataclass(frozen=True, slots=True)
class SwitchoverState:
    """The position of a switch."""

    is_on: bool = False
    since: datetime | None = None
    """The time of the last change."""
    outdoor_seen_at: datetime | None = None
    """The time at which the outdoor temperature was last known."""

    def advance(
        self, at: datetime, outdoor: float | None, threshold: Threshold
    ) -> tuple[SwitchoverState, datetime | None]:
        """Return the new position, and when it may change if it is too early now.

        If the outdoor temperature in °C stays unknown, the switch turns off.
        """
        if outdoor is None:
            return self._advance_without_outdoor(at)
        since = None if self.since is None else min(self.since, at)
        current = replace(self, since=since, outdoor_seen_at=at)
        should_be_on = threshold.is_met(outdoor, is_on=self.is_on)
        if should_be_on is self.is_on:
            return current, None
        if since is not None and at < since + SWITCHOVER_DWELL:
            return current, since + SWITCHOVER_DWELL
        return SwitchoverState(should_be_on, at, at), None

    def _advance_without_outdoor(self, at: datetime) -> tuple[SwitchoverState, datetime | None]:
        if self.outdoor_seen_at is None:
            return SWITCHOVER_OFF, None
        stale_at = min(self.outdoor_seen_at, at) + OUTDOOR_STALE_AFTER
        if at >= stale_at:
            return SWITCHOVER_OFF, None
        return self, stale_at if self.is_on else None


SWITCHOVER_OFF = SwitchoverState()
