"""The time of a life."""

from collections.abc import Callable
from datetime import timedelta
import math

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util.async_ import get_scheduled_timer_handles
from pytest_homeassistant_custom_component.common import async_fire_time_changed_exact

START = "2027-01-15 12:00:00-05:00"


class LifeClock:
    """The time of a life: it jumps from timer to timer, and can be set back."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        self._hass, self._freezer = hass, freezer
        self.passed = 0.0
        """Elapsed seconds, regardless of the wall clock."""

    async def wait(self, seconds: float, look: Callable[[], None]) -> None:
        """Let time pass with all timers; call a check after each."""
        end = self.passed + seconds
        await self._hass.async_block_till_done()
        while (left := end - self.passed) > 0:
            now = self._hass.loop.time()
            timers = [
                timer.when() - now
                for timer in get_scheduled_timer_handles(self._hass.loop)
                if not timer.cancelled()
            ]
            leap = min([left, *(seconds for seconds in timers if seconds > 0)])
            # A frozen clock has a resolution of a microsecond.
            leap = max(math.ceil(leap * 1000) / 1000, 0.001)
            self._freezer.tick(timedelta(seconds=leap))
            self.passed += leap
            async_fire_time_changed_exact(self._hass)
            await self._hass.async_block_till_done()
            look()

    def set_wall_clock(self, seconds: float) -> None:
        """Set the wall clock ahead or back; timers do not depend on it."""
        self._freezer.tick(timedelta(seconds=seconds))
        self._move_timers(seconds)

    def start(self) -> None:
        """Set the wall clock to the same instant for each life."""
        before = self._hass.loop.time()
        self._freezer.move_to(START)
        self._move_timers(self._hass.loop.time() - before)

    def _move_timers(self, seconds: float) -> None:
        for timer in get_scheduled_timer_handles(self._hass.loop):
            timer._when += seconds  # type: ignore[attr-defined]  # noqa: SLF001 -- the frozen clock is asyncio's as well
