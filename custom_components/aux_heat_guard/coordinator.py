"""Runs the core of one guard: sources change, or time is up, and a step is taken."""

import asyncio
from datetime import datetime, timedelta
import logging
import time

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, CoreState, Event, EventStateChangedData, HomeAssistant, State, callback
from homeassistant.helpers.event import async_call_later, async_track_state_change_event
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .core import engine
from .core.account.ledger import Ledger
from .core.engine import State as EngineState
from .core.engine import View
from .mirror import alike
from .observe import Sight, look
from .options import Guarded
from .repairs import async_report_missing
from .store import LedgerStore

_LOGGER = logging.getLogger(__name__)

CLOCK_TOLERANCE_SECONDS = 60
"""A clock that gained more than this on the time that really passed was set ahead, or the machine slept."""

STRANGE_TOLD = 50
"""How many different strange values are logged: a source that invents a new one each minute must not fill the log."""

type GuardConfigEntry = ConfigEntry[GuardCoordinator]


class GuardCoordinator(DataUpdateCoordinator[View]):
    """Knows what time it is, hands observations to the core, and passes on what comes back."""

    config_entry: GuardConfigEntry
    thermostat: State | None = None
    """The thermostat's own state, as last seen."""

    def __init__(self, hass: HomeAssistant, entry: GuardConfigEntry, guarded: Guarded) -> None:
        super().__init__(hass, _LOGGER, config_entry=entry, name=entry.title)
        self.guarded = guarded
        self._store = LedgerStore(hass, entry.entry_id, self._ledger)
        self._state: EngineState
        self._folded: asyncio.Handle | None = None
        self._wake: CALLBACK_TYPE | None = None
        self._wake_at: datetime | None = None
        self._gone: frozenset[str] = frozenset()
        self._missing: frozenset[str] = frozenset()
        self._strange: set[tuple[str, str]] = set()
        self._looked: tuple[datetime, float]
        self._unfollow: list[CALLBACK_TYPE] = []

    async def async_start(self) -> None:
        """Take up the ledger, look around, and follow the sources. Raises codec.NewerVersionError."""
        ledger = await self._store.async_load()
        now = dt_util.utcnow()
        self._looked = (now, time.monotonic())
        self._state = engine.begin(now, self.guarded.settings, ledger)
        self.data = self._state.view
        self._unfollow = [
            async_track_state_change_event(self.hass, self.guarded.watched, self._async_source_changed),
            self.hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, self._async_stopping),
        ]
        self.config_entry.async_on_unload(self.async_detach)
        self._async_step()
        self.config_entry.async_on_unload(async_at_started(self.hass, self._async_started))

    @callback
    def async_detach(self) -> None:
        """Take no further step: what comes is another guard's to count."""
        for unfollow in self._unfollow:
            unfollow()
        self._unfollow = []
        self._disarm()

    async def async_finish(self) -> None:
        """Take no further step, and write down what was counted."""
        self.async_detach()
        await self._store.async_save()

    @callback
    def async_adopt(self, guarded: Guarded) -> None:
        """Go on with other settings of the same sources."""
        self.guarded = guarded
        self._state = engine.adopt(self._state, guarded.settings)
        self._async_step()

    def _ledger(self) -> Ledger:
        return engine.ledger_at(self._state, dt_util.utcnow(), self.guarded.settings)

    @callback
    def _async_source_changed(self, _event: Event[EventStateChangedData]) -> None:
        if self._folded is None:
            self._folded = self.hass.loop.call_soon(self._async_step)

    @callback
    def _async_woken(self, _now: datetime) -> None:
        self._wake = self._wake_at = None
        self._async_step()

    @callback
    def _async_stopping(self, _event: Event) -> None:
        self._store.async_save_soon()

    @callback
    def _async_started(self, _hass: HomeAssistant) -> None:
        # Until Home Assistant has started, a source that does not exist may still come.
        async_report_missing(self.hass, self.config_entry, self._missing)

    def _disarm(self) -> None:
        if self._folded is not None:
            self._folded.cancel()
        if self._wake is not None:
            self._wake()
        self._folded = self._wake = self._wake_at = None

    @callback
    def _async_step(self) -> None:
        if not self._unfollow:
            return
        if self._folded is not None:
            self._folded.cancel()
            self._folded = None
        sight = look(self.hass, self.guarded, dt_util.utcnow())
        self._tell_gone(sight)
        step = engine.step(self._awake_at(sight.observation.at), sight.observation, self.guarded.settings)
        self._arm(step.wake)
        if step.state is self._state and alike(sight.thermostat, self.thermostat):
            return
        self.thermostat = sight.thermostat
        self._take(step)

    def _take(self, step: engine.Step) -> None:
        was_running = _is_running(self.data)
        self._state = step.state
        if step.view != self.data:
            self.data = step.view
            self._tell_strange(step.view)
        if _is_running(step.view) is not was_running:
            self._store.async_save_soon()
        else:
            self._store.async_save_on_beat()
        self.async_update_listeners()

    def _arm(self, at: datetime) -> None:
        if at == self._wake_at:
            return
        if self._wake is not None:
            self._wake()
        self._wake_at = at
        # By the time that passes, not by the clock: it may be set back, and the strips run on.
        self._wake = async_call_later(self.hass, max((at - dt_util.utcnow()).total_seconds(), 0), self._async_woken)

    def _awake_at(self, now: datetime) -> EngineState:
        """Go on from the present state; where the clock went on while the machine slept, that time was seen by nobody."""
        then, monotonic_then = self._looked
        self._looked = now, time.monotonic()
        awake_until = then + timedelta(seconds=self._looked[1] - monotonic_then)
        if (now - awake_until).total_seconds() <= CLOCK_TOLERANCE_SECONDS:
            return self._state
        settings = self.guarded.settings
        return engine.begin(now, settings, engine.ledger_at(self._state, awake_until, settings))

    def _tell_gone(self, sight: Sight) -> None:
        if sight.gone == self._gone and sight.missing == self._missing:
            return
        for entity_id in sorted(sight.gone - self._gone):
            _LOGGER.info("%s: %s is not available", self.name, entity_id)
        for entity_id in sorted(self._gone - sight.gone):
            _LOGGER.info("%s: %s is back", self.name, entity_id)
        if self.hass.state is CoreState.running and sight.missing != self._missing:
            async_report_missing(self.hass, self.config_entry, sight.missing)
        self._gone, self._missing = sight.gone, sight.missing

    def _tell_strange(self, view: View) -> None:
        for signal, evidence in zip(self.guarded.settings.signals, view.evidence, strict=True):
            if evidence.strange is None or len(self._strange) >= STRANGE_TOLD:
                continue
            told = (str(signal.source), evidence.strange)
            if told not in self._strange:
                self._strange.add(told)
                _LOGGER.warning("%s: %s says %.100r, which has no known meaning; it counts as unknown", self.name, *told)


def _is_running(view: View) -> bool:
    return view.run is not None and view.run.running
