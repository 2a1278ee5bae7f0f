"""Runs the core of one guard: sources change, or time is up, and a step is taken."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from functools import partial
import logging
import time

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import (
    CALLBACK_TYPE,
    Context,
    Event,
    EventStateChangedData,
    HassJob,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .control.actuator import Actuator
from .control.command_contexts import CommandContexts
from .control.service_calls import async_set_heating, has_range
from .core import engine
from .core.account import archive
from .core.account import tracker as watches
from .core.account.ledger import Ledger
from .core.account.tracker import Watch
from .core.alerts import lifecycle as alarm
from .core.alerts.context import Sizing
from .core.alerts.lifecycle import Alerts, Happening
from .core.engine import State as EngineState
from .core.engine import Step, View
from .core.model import Alert, Command, Forecast, Request
from .core.persistence.history import Kept
from .core.protection.setpoint import is_ignored
from .core.protection.trace import Traced
from .core.settings.guard import TRACED
from .history import recorder_reader as history
from .history.backfill import HistoryBusyError, Nap, Recall
from .history.store import LedgerStore
from .options.guard import Guarded
from .sources.health import Complaints
from .sources.mirror import REFLECTED, heating_setpoint
from .sources.observe import (
    NOTHING_FORESEEN,
    Sight,
    attributes_watched,
    look,
    present,
    says_the_same,
)
from .sources.units import home_temperature

_LOGGER = logging.getLogger(__name__)

CLOCK_TOLERANCE_SECONDS = 60
"""A clock that gained more than this on the time that really passed was set ahead, or the machine slept."""

type GuardConfigEntry = ConfigEntry[GuardCoordinator]


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """A thermostat that did not take back its setpoint at the last end, °C."""

    shown: float
    requested: float


class GuardCoordinator(DataUpdateCoordinator[View]):
    """Knows what time it is, hands observations to the core, and passes on what comes back."""

    config_entry: GuardConfigEntry
    thermostat: State | None = None
    """The thermostat's own state, as last seen."""

    def __init__(
        self, hass: HomeAssistant, entry: GuardConfigEntry, guarded: Guarded, device: DeviceEntry
    ) -> None:
        super().__init__(hass, _LOGGER, config_entry=entry, name=entry.title)
        self.guarded = guarded
        self.device = device
        self._store = LedgerStore(hass, entry.entry_id, self._kept)
        self.recall = Recall(hass, self._store, self)
        self._state: EngineState
        self._attributes = attributes_watched(guarded)
        self._foreseen = NOTHING_FORESEEN
        self.commands = CommandContexts()
        self.actuator = Actuator(
            hass, entry, guarded.thermostat, self._async_write_down, self.commands
        )
        self._mirrors: list[CALLBACK_TYPE] = []
        self._listeners_of_alerts: list[Callable[[Happening], None]] = []
        self._untold: list[Happening] | None = []
        """What happened before anybody listened; None since somebody does."""
        self._left: LeftBehind | None = None
        """What nobody was there to listen to yet."""
        self._listeners_of_left: list[Callable[[LeftBehind], None]] = []
        self._folded: asyncio.Handle | None = None
        self._wake: asyncio.TimerHandle | None = None
        self._wake_at: datetime | None = None
        self._complaints = Complaints(hass, entry)
        self.trace: deque[Traced] = deque(maxlen=TRACED)
        """The last steps in which something was decided on the setpoint."""
        self._looked: tuple[datetime, float]
        self._unfollow: list[CALLBACK_TYPE] = []

    async def async_start(self) -> None:
        """Take up the history, look around, and follow the sources."""
        zone = self.guarded.settings.zone
        loaded = await self._store.async_load(str(zone))
        if loaded.unreadable:
            reload = partial(
                self.hass.config_entries.async_schedule_reload, self.config_entry.entry_id
            )
            self.config_entry.async_on_unload(self._store.async_retry(reload))
        now = dt_util.utcnow()
        self._looked = (now, time.monotonic())
        self._state = engine.begin(
            now, self.guarded.settings, loaded.ledger, loaded.memo, loaded.alerts, loaded.protection
        )
        self.data = self._state.view
        self._unfollow = [
            async_track_state_change_event(
                self.hass, self.guarded.watched, self._async_source_changed
            ),
            self.hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, self._async_stopping),
        ]
        self.config_entry.async_on_unload(self.async_detach)
        # Clouds and radios go with the stop itself: before it the thermostat can still be told.
        release = HassJob(self.async_release, f"{self.name} release")
        self.config_entry.async_on_unload(self.hass.async_add_shutdown_job(release))
        if loaded.is_held:
            self.recall.hold()
        elif history.is_available(self.hass):
            self.recall.begin()
            work = self.recall.async_catch_up(loaded, now)
            self.config_entry.async_create_background_task(self.hass, work, f"{self.name} history")
        self._async_step()

    @property
    def watch(self) -> Watch:
        """What is counted by now."""
        return self._state.watch

    @property
    def alerts(self) -> Alerts:
        """What is remembered of all alerts."""
        return self._state.alerts

    @property
    def setpoint_shown(self) -> float | None:
        """What the thermostat showed last that it heats to, °C."""
        return self._state.protection.setpoint.shown

    @property
    def snoozable(self) -> frozenset[Alert]:
        """What is meant by snoozing all alerts."""
        return alarm.snoozable(self._state.alerts, self.guarded.settings.alerts)

    async def async_rebuild(self) -> datetime:
        """Live again through all the recorder has; tell from when on.

        Raises HistoryBusyError while that goes on already, or when the guard is reloaded meanwhile, UnreadableError and UnwrittenError.
        """
        self.recall.begin()
        # A work of the entry: it ends where the guard ends.
        work = self.config_entry.async_create_background_task(
            self.hass, self.recall.async_rebuild(), f"{self.name} rebuilding"
        )
        await asyncio.wait([work])
        if work.cancelled():
            raise HistoryBusyError
        return work.result()

    async def async_history(self) -> Ledger:
        """Count up to now, and put together all that was ever kept."""
        return await self._store.async_all(self.ledger())

    def ledger(self) -> Ledger:
        """Count up to now."""
        return self._kept().ledger

    @callback
    def async_go_on(self, watch: Watch) -> None:
        """Go on from another account of the same time."""
        self._show(watch)
        self._async_step()
        self.async_update_listeners()

    @callback
    def async_listen_alerts(self, listener: Callable[[Happening], None]) -> CALLBACK_TYPE:
        """Have it told what happens to alerts."""
        self._listeners_of_alerts.append(listener)
        return lambda: self._listeners_of_alerts.remove(listener)

    @callback
    def async_listen_left(self, listener: Callable[[LeftBehind], None]) -> CALLBACK_TYPE:
        """Register a listener for a setpoint that was lost at the last end and is sent again."""
        self._listeners_of_left.append(listener)
        left, self._left = self._left, None
        if left is not None:
            listener(left)
        return lambda: self._listeners_of_left.remove(listener)

    @callback
    def async_tell_alerts(self) -> None:
        """Tell from now on, and what happened until now: all who listen are there."""
        untold, self._untold = self._untold, None
        self._tell_happenings(tuple(untold or ()))

    @callback
    def async_change_alerts(self, change: Callable[[Alerts], Alerts]) -> None:
        """Take in what somebody answered."""
        self._take(engine.with_alerts(self._state, change(self._state.alerts)))

    @callback
    def async_clean_filter(self) -> None:
        """Take in that the filter was cleaned."""
        self._take(engine.with_clean_filter(self._state))

    @callback
    def async_take_sizing(self, sizing: Sizing) -> None:
        """Take in what the season tells of the heat pump's size."""
        self._take(engine.sized(self._state, sizing))

    @callback
    def async_take_forecast(self, forecast: Forecast) -> None:
        """Take in what is forecast."""
        if forecast != self._foreseen.forecast:
            self._foreseen = replace(self._foreseen, forecast=forecast)
            self._async_step()

    @callback
    def async_take_plan(self, plan: tuple[tuple[datetime, float], ...]) -> None:
        """Take in what a schedule wants."""
        if plan != self._foreseen.plan:
            self._foreseen = replace(self._foreseen, plan=plan)
            self._async_step()

    @asynccontextmanager
    async def async_asked(self, request: Request) -> AsyncIterator[float]:
        """Record a request while the caller sends the thermostat the setpoint that is yielded, °C; withdraw it if that raises."""
        before = self._state
        state, traced = engine.asked(
            before, self._sight().observation, self.guarded.settings, request
        )
        command = traced.decided.command
        self.trace.append(traced)
        async with self._taking(before, state):
            yield request.temperature if command is None else command.setpoint
        self.actuator.async_tell_asked(traced.decided)

    @asynccontextmanager
    async def async_chosen(self, preset: str | None) -> AsyncIterator[None]:
        """Record a chosen preset, or a mode if None, while the caller sends it to the thermostat; withdraw it if that raises."""
        before, seen = self._state, self._sight().observation
        async with self._taking(
            before, engine.chosen(before, seen.at, preset, seen.thermostat.mode)
        ):
            yield

    async def async_accept(self, temperature: float, context: Context) -> None:
        """Set a proposed setpoint, °C, in the context of the person who accepted it.

        Withdraws it and raises HomeAssistantError if the thermostat refuses.
        """
        before = self._state
        decision = before.view.decision
        state, command = engine.accepted(
            before, self._sight().observation, self.guarded.settings, temperature
        )
        if command is None:
            return
        async with self._taking(before, state):
            await self.actuator.async_agree(command, decision, context)

    async def async_lower(self, temperature: float, context: Context) -> None:
        """Request a lower setpoint, °C, in the context of a person. Does nothing if the setpoint is not above it.

        Raises HomeAssistantError if the thermostat refuses.
        """
        state, unit = (
            present(self.hass, self.guarded.thermostat),
            self.hass.config.units.temperature_unit,
        )
        shown = heating_setpoint(state, unit)
        if state is None or shown is None or shown <= temperature:
            return
        command = self.commands.remember(context)
        async with self.async_asked(
            Request(temperature=temperature, single=not has_range(state))
        ) as applied:
            await async_set_heating(
                self.hass,
                self.guarded.thermostat,
                state,
                home_temperature(applied, unit),
                None,
                command,
            )

    @asynccontextmanager
    async def _taking(self, before: EngineState, state: EngineState) -> AsyncIterator[None]:
        """Save a state before its command is sent, and go back to the state before it if sending raises."""
        is_taken = False
        self._take(state)
        try:
            await self._async_save()
            yield
            is_taken = True
        finally:
            if not is_taken:
                self._take(engine.withdrawn(self._state, before, state))
                # After a crash it must not be asked for again.
                await self._async_save()

    @callback
    def async_recover(self, ready_by: datetime, temperature: float) -> None:
        """Take in that it is to be so warm, °C, by an instant."""
        self._take(engine.recovering(self._state, ready_by, temperature))

    @callback
    def async_let_go(self) -> None:
        """Take in that what was set by hand may be limited again."""
        self._take(engine.let_go(self._state))

    def _take(self, state: EngineState) -> None:
        """Go on from a state that somebody changed; the next step follows at once."""
        self._state, self.data = state, state.view
        self._async_step()
        self.async_update_listeners()
        if not self.recall.is_busy:
            self._store.async_save_soon()

    @callback
    def async_listen_thermostat(self, mirror: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Have it told when the thermostat shows something else."""
        self._mirrors.append(mirror)
        return lambda: self._mirrors.remove(mirror)

    @callback
    def async_detach(self) -> None:
        """Take no further step: what comes is another guard's to count."""
        for unfollow in self._unfollow:
            unfollow()
        self._unfollow = []
        self._disarm()

    async def _async_write_down(self) -> None:
        # While the history is worked on, on disk it stands where the work goes on from after a crash.
        await self.recall.async_rested()
        await self._store.async_save()

    async def async_release(self) -> None:
        """Be over, in this order: no further step, the thermostat as it was asked for, what was counted on disk."""
        if not self._unfollow:
            return
        self.async_detach()
        before, settings = self._state, self.guarded.settings
        self._state, released = engine.released(before, self._sight().observation, settings)
        try:
            if released.command is not None:
                # Should the thermostat not take it, that is known at the next start.
                await self._async_save()
            is_told, left = await self.actuator.async_release(released)
            self._state = engine.unreleased(self._state, before, left, is_told=is_told)
            self._state = engine.confirmed(self._state, self._sight().observation, settings)
        finally:
            await self._async_save()

    async def _async_save(self) -> None:
        # While the history is worked on, on disk it stands where the work goes on from after a crash.
        if not self.recall.is_busy:
            await self._store.async_save()

    def _sight(self) -> Sight:
        return look(self.hass, self.guarded, dt_util.utcnow(), self._foreseen, self.commands.ids)

    @callback
    def async_adopt(self, guarded: Guarded) -> None:
        """Go on with other settings of the same sources."""
        before = self.guarded.settings
        moved = guarded.settings.zone != before.zone
        self.guarded = guarded
        self._attributes = attributes_watched(guarded)
        # What was before counts by what was set then.
        counted = engine.go_on(self._state, engine.watch_at(self._state, dt_util.utcnow(), before))
        self._state = engine.adopt(counted, guarded.settings)
        self._async_step()
        self.actuator.async_choose(
            {switch for switch, one in self._state.protection.switches.items() if one.on}
        )
        # What shows the settings themselves has no view to go by.
        self.async_update_listeners()
        if moved:
            self.config_entry.async_create_background_task(
                self.hass, self._async_move(guarded.settings.zone), f"{self.name} months"
            )

    async def _async_move(self, zone: tzinfo) -> None:
        """Find anew where the months start, after the home's time zone was changed."""
        moved = await self.hass.async_add_executor_job(
            archive.rezoned, await self.async_history(), zone
        )
        if self.recall.is_busy:
            # What is worked on is cut into months when that is done.
            return
        self._show(watches.with_months(self._state.watch, moved.months))
        self.async_update_listeners()
        self._store.async_save_soon()

    def _show(self, watch: Watch) -> None:
        self._state = engine.go_on(self._state, watch)
        self.data = self._state.view

    def _kept(self) -> Kept:
        settings = self.guarded.settings
        watch = engine.watch_at(self._state, dt_util.utcnow(), settings)
        return Kept(
            watch.ledger,
            watches.memo_of(watch),
            str(settings.zone),
            self._state.alerts,
            self._state.protection,
        )

    @callback
    def _async_source_changed(self, event: Event[EventStateChangedData]) -> None:
        data = event.data
        if says_the_same(data["old_state"], data["new_state"], self._attributes[data["entity_id"]]):
            return
        if self._folded is None:
            self._folded = self.hass.loop.call_soon(self._async_step)

    @callback
    def _async_woken(self) -> None:
        self._wake = self._wake_at = None
        self._async_step()

    @callback
    def _async_stopping(self, _event: Event) -> None:
        if not self.recall.is_busy:
            self._store.async_save_soon()

    def _disarm(self) -> None:
        if self._folded is not None:
            self._folded.cancel()
        if self._wake is not None:
            self._wake.cancel()
        self._folded = self._wake = self._wake_at = None

    @callback
    def _async_step(self) -> None:
        if not self._unfollow:
            return
        if self._folded is not None:
            self._folded.cancel()
            self._folded = None
        sight = self._sight()
        self._complaints.async_tell_sight(sight)
        step = engine.step(
            self._awake_at(sight.observation.at), sight.observation, self.guarded.settings
        )
        self.recall.witness(sight.observation)
        self._arm(step.wake)
        self._reflect(sight.thermostat)
        if step.state is not self._state:
            # After a crash nobody else knows it.
            before, after = self._state.protection.setpoint, step.state.protection.setpoint
            is_learnt = (after.requested, after.ended) != (before.requested, before.ended)
            self._state = step.state
            if not self.recall.is_busy:
                self._keep(
                    step.state.ledger,
                    soon=_is_running(step.view) is not _is_running(self.data) or is_learnt,
                )
        if step.view is not self.data:
            self.data = step.view
            self._complaints.async_tell_strange(self.guarded.settings.signals, step.view.evidence)
            self.async_update_listeners()
        self._complaints.async_tell_unanswered(
            is_unanswered=is_ignored(step.state.protection.setpoint, sight.observation.at)
        )
        self._tell_happenings(step.happenings)
        if step.traced is not None and (
            not self.trace or step.traced.tells_more_than(self.trace[-1])
        ):
            self.trace.append(step.traced)
        self._tell_left(step)
        self.actuator.async_do(step, self._is_wanted)

    def _tell_left(self, step: Step) -> None:
        shown = None if step.traced is None else step.traced.decided.left
        requested = step.state.protection.setpoint.requested
        if shown is None or requested is None:
            return
        left = LeftBehind(shown, requested)
        if not self._listeners_of_left:
            self._left = left
        for listener in self._listeners_of_left:
            listener(left)

    def _is_wanted(self, command: Command) -> bool:
        # Once nobody looks after it, what waits must not come after the last word.
        return bool(self._unfollow) and engine.is_wanted(
            self._state, command, self.guarded.settings
        )

    def _tell_happenings(self, happenings: tuple[Happening, ...]) -> None:
        if happenings and not self.recall.is_busy:
            # What was told must not be told again after a crash.
            self.config_entry.async_create_background_task(
                self.hass, self._store.async_save(), f"{self.name} alerts"
            )
        if self._untold is not None:
            self._untold += happenings
            return
        for happening in happenings:
            for listener in self._listeners_of_alerts:
                listener(happening)

    def _reflect(self, thermostat: State | None) -> None:
        if thermostat is self.thermostat or says_the_same(self.thermostat, thermostat, REFLECTED):
            return
        self.thermostat = thermostat
        for mirror in self._mirrors:
            mirror()

    def _keep(self, ledger: Ledger, *, soon: bool) -> None:
        """Have it written. Not while the history is worked on: on disk it stands where the work goes on from after a crash."""
        if soon:
            self._store.async_save_soon()
        else:
            self._store.async_save_on_beat()
        if self._store.is_archive_due(ledger):
            self.config_entry.async_create_background_task(
                self.hass, self._store.async_archive(self.ledger()), f"{self.name} archive"
            )

    def _arm(self, at: datetime) -> None:
        if at == self._wake_at:
            return
        if self._wake is not None:
            self._wake.cancel()
        self._wake_at = at
        # By the time that passes, not by the clock: it may be set back, and the strips run on.
        self._wake = self.hass.loop.call_later(
            max((at - dt_util.utcnow()).total_seconds(), 0), self._async_woken
        )

    def _awake_at(self, now: datetime) -> EngineState:
        """Go on from the present state; where the clock went on while the machine slept, that time was seen by nobody."""
        then, monotonic_then = self._looked
        self._looked = now, time.monotonic()
        awake_until = then + timedelta(seconds=self._looked[1] - monotonic_then)
        if (now - awake_until).total_seconds() <= CLOCK_TOLERANCE_SECONDS:
            return self._state
        self.recall.witness(Nap(awake_until, now))
        return engine.slept(self._state, awake_until, now, self.guarded.settings)


def _is_running(view: View) -> bool:
    return view.run is not None and view.run.running
