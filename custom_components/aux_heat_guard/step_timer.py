"""Schedules the next step of a guard, and detects the time in which the machine slept."""

import asyncio
from datetime import datetime, timedelta
import time

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .history.backfill import SleepGap

CLOCK_TOLERANCE_SECONDS = 60
"""If the clock gains more than this on elapsed time, it was set ahead, or the machine slept."""


class StepTimer:
    """Calls for the next step: right after a change, or when the step is due."""

    def __init__(self, hass: HomeAssistant, async_step: CALLBACK_TYPE) -> None:
        self._loop = hass.loop
        self._async_step = async_step
        self._requested: asyncio.Handle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._due_at: datetime | None = None

    @callback
    def async_request(self) -> None:
        """Request a step soon: the changes of one moment make one step."""
        if self._requested is None:
            self._requested = self._loop.call_soon(self._async_step)

    @callback
    def async_clear_request(self) -> None:
        """Drop the requested step, because a step is taken now."""
        if self._requested is not None:
            self._requested.cancel()
            self._requested = None

    @callback
    def async_schedule(self, at: datetime) -> None:
        """Schedule the next step for an instant, in place of the one scheduled before."""
        if at == self._due_at:
            return
        self._cancel_timer()
        self._due_at = at
        # By elapsed time, not by the clock: the clock may be set back while aux heat runs on.
        self._timer = self._loop.call_later(
            max((at - dt_util.utcnow()).total_seconds(), 0), self._async_handle_timer
        )

    @callback
    def async_cancel(self) -> None:
        """Cancel both the requested and the scheduled step."""
        self.async_clear_request()
        self._cancel_timer()

    @callback
    def _async_handle_timer(self) -> None:
        self._timer = self._due_at = None
        self._async_step()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._due_at = None


class SleepDetector:
    """Detects the time in which the clock went on while the machine slept."""

    def __init__(self) -> None:
        self._last_checked = (dt_util.utcnow(), time.monotonic())

    def reset(self, now: datetime) -> None:
        """Count from now on."""
        self._last_checked = (now, time.monotonic())

    def find_gap(self, now: datetime) -> SleepGap | None:
        """Return the time that the machine slept since the last check; None if it was awake."""
        checked_at, monotonic_then = self._last_checked
        self._last_checked = (now, time.monotonic())
        awake_until = checked_at + timedelta(seconds=self._last_checked[1] - monotonic_then)
        if (now - awake_until).total_seconds() <= CLOCK_TOLERANCE_SECONDS:
            return None
        return SleepGap(awake_until, now)
