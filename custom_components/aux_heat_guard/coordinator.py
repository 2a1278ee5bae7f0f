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
from .core.account.tracker import Tracker
from .core.alerts import lifecycle as alarm
from .core.alerts.context import Sizing
from .core.alerts.lifecycle import AlertEvent, Alerts
from .core.engine import State as EngineState
from .core.engine import Step, View
from .core.model import Alert, Command, Forecast, Request
from .core.persistence.history import StoredGuard
from .core.protection.trace import TraceStep
from .core.settings.guard import MAX_TRACE_STEPS
from .history import recorder_reader as history
from .history.backfill import Backfill, HistoryBusyError, SleepGap
from .history.store import LedgerStore
from .options.guard import GuardConfig
from .sources.health import SourceHealth
from .sources.mirror import MIRRORED_ATTRIBUTES, heating_setpoint
from .sources.observe import (
    NO_FEED_DATA,
    SourceSnapshot,
    get_available_state,
    is_unchanged,
    observe,
    relevant_attributes,
)
from .sources.units import home_temperature

_LOGGER = logging.getLogger(__name__)

CLOCK_TOLERANCE_SECONDS = 60
"""A clock that gained more than this on the time that really passed was set ahead, or the machine slept."""

type GuardConfigEntry = ConfigEntry[GuardCoordinator]


@dataclass(frozen=True, slots=True)
class UnrestoredSetpoint:
    """A thermostat that did not take back its setpoint at the last end, °C."""

    reported: float
    requested: float


class GuardCoordinator(DataUpdateCoordinator[View]):
    """Knows what time it is, hands observations to the core, and passes on what comes back."""

    config_entry: GuardConfigEntry
    thermostat: State | None = None
    """The thermostat's own state, as last seen."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: GuardConfigEntry,
        guard_config: GuardConfig,
        device: DeviceEntry,
    ) -> None:
        super().__init__(hass, _LOGGER, config_entry=entry, name=entry.title)
        self.guard_config = guard_config
        self.device = device
        self._store = LedgerStore(hass, entry.entry_id, self._state_to_save)
        self.backfill = Backfill(hass, self._store, self)
        self._state: EngineState
        self._relevant_attributes = relevant_attributes(guard_config)
        self._feed_data = NO_FEED_DATA
        self.command_contexts = CommandContexts()
        self.actuator = Actuator(
            hass, entry, guard_config.thermostat, self._async_save_when_idle, self.command_contexts
        )
        self._thermostat_listeners: list[CALLBACK_TYPE] = []
        self._alert_listeners: list[Callable[[AlertEvent], None]] = []
        self._queued_alert_events: list[AlertEvent] | None = []
        """What happened before anybody listened; None since somebody does."""
        self._queued_unrestored: UnrestoredSetpoint | None = None
        """What nobody was there to listen to yet."""
        self._unrestored_listeners: list[Callable[[UnrestoredSetpoint], None]] = []
        self._pending_step: asyncio.Handle | None = None
        self._wake: asyncio.TimerHandle | None = None
        self._wake_at: datetime | None = None
        self._source_health = SourceHealth(hass, entry)
        self.trace: deque[TraceStep] = deque(maxlen=MAX_TRACE_STEPS)
        """The last steps in which something was decided on the setpoint."""
        self._last_observed: tuple[datetime, float]
        self._unsub_sources: list[CALLBACK_TYPE] = []

    async def async_start(self) -> None:
        """Take up the history, look around, and follow the sources."""
        zone = self.guard_config.settings.zone
        loaded = await self._store.async_load(str(zone))
        if loaded.unreadable:
            reload = partial(
                self.hass.config_entries.async_schedule_reload, self.config_entry.entry_id
            )
            self.config_entry.async_on_unload(self._store.async_wait_readable(reload))
        now = dt_util.utcnow()
        self._last_observed = (now, time.monotonic())
        self._state = engine.start(
            now,
            self.guard_config.settings,
            loaded.ledger,
            loaded.memo,
            loaded.alerts,
            loaded.protection,
        )
        self.data = self._state.view
        self._unsub_sources = [
            async_track_state_change_event(
                self.hass, self.guard_config.watched, self._async_source_changed
            ),
            self.hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, self._async_handle_stop),
        ]
        self.config_entry.async_on_unload(self.async_detach)
        # Clouds and radios go with the stop itself: before it the thermostat can still be told.
        release = HassJob(self.async_stop, f"{self.name} release")
        self.config_entry.async_on_unload(self.hass.async_add_shutdown_job(release))
        if loaded.is_blocked:
            self.backfill.block()
        elif history.is_available(self.hass):
            self.backfill.start()
            work = self.backfill.async_catch_up(loaded, now)
            self.config_entry.async_create_background_task(self.hass, work, f"{self.name} history")
        self._async_step()

    @property
    def tracker(self) -> Tracker:
        """What is counted by now."""
        return self._state.tracker

    @property
    def alerts(self) -> Alerts:
        """What is remembered of all alerts."""
        return self._state.alerts

    @property
    def reported_setpoint(self) -> float | None:
        """What the thermostat showed last that it heats to, °C."""
        return self._state.protection.setpoint.reported

    @property
    def snoozable_alerts(self) -> frozenset[Alert]:
        """What is meant by snoozing all alerts."""
        return alarm.snooze_targets(self._state.alerts, self.guard_config.settings.alerts)

    async def async_rebuild(self) -> datetime:
        """Live again through all the recorder has; tell from when on.

        Raises HistoryBusyError while that goes on already, or when the guard is reloaded meanwhile, UnreadableError and UnwrittenError.
        """
        self.backfill.start()
        # A work of the entry: it ends where the guard ends.
        work = self.config_entry.async_create_background_task(
            self.hass, self.backfill.async_rebuild(), f"{self.name} rebuilding"
        )
        await asyncio.wait([work])
        if work.cancelled():
            raise HistoryBusyError
        return work.result()

    async def async_full_ledger(self) -> Ledger:
        """Count up to now, and put together all that was ever kept."""
        return await self._store.async_full_ledger(self.ledger())

    def ledger(self) -> Ledger:
        """Count up to now."""
        return self._state_to_save().ledger

    @callback
    def async_replace_tracker(self, tracker: Tracker) -> None:
        """Go on from another account of the same time."""
        self._set_tracker(tracker)
        self._async_step()
        self.async_update_listeners()

    @callback
    def async_add_alert_listener(self, listener: Callable[[AlertEvent], None]) -> CALLBACK_TYPE:
        """Have it told what happens to alerts."""
        self._alert_listeners.append(listener)
        return lambda: self._alert_listeners.remove(listener)

    @callback
    def async_add_unrestored_listener(
        self, listener: Callable[[UnrestoredSetpoint], None]
    ) -> CALLBACK_TYPE:
        """Register a listener for a setpoint that was lost at the last end and is sent again."""
        self._unrestored_listeners.append(listener)
        left, self._queued_unrestored = self._queued_unrestored, None
        if left is not None:
            listener(left)
        return lambda: self._unrestored_listeners.remove(listener)

    @callback
    def async_start_alert_delivery(self) -> None:
        """Tell from now on, and what happened until now: all who listen are there."""
        untold, self._queued_alert_events = self._queued_alert_events, None
        self._notify_alert_listeners(tuple(untold or ()))

    @callback
    def async_change_alerts(self, change: Callable[[Alerts], Alerts]) -> None:
        """Take in what somebody answered."""
        self._set_state(engine.with_alerts(self._state, change(self._state.alerts)))

    @callback
    def async_mark_filter_cleaned(self) -> None:
        """Take in that the filter was cleaned."""
        self._set_state(engine.record_filter_cleaned(self._state))

    @callback
    def async_update_sizing(self, sizing: Sizing) -> None:
        """Take in what the season tells of the heat pump's size."""
        self._set_state(engine.with_sizing(self._state, sizing))

    @callback
    def async_update_forecast(self, forecast: Forecast) -> None:
        """Take in what is forecast."""
        if forecast != self._feed_data.forecast:
            self._feed_data = replace(self._feed_data, forecast=forecast)
            self._async_step()

    @callback
    def async_update_schedule(self, schedule: tuple[tuple[datetime, float], ...]) -> None:
        """Take in what a schedule wants."""
        if schedule != self._feed_data.schedule:
            self._feed_data = replace(self._feed_data, schedule=schedule)
            self._async_step()

    @asynccontextmanager
    async def async_request_setpoint(self, request: Request) -> AsyncIterator[float]:
        """Record a request while the caller sends the thermostat the setpoint that is yielded, °C; withdraw it if that raises."""
        before = self._state
        state, traced = engine.request_setpoint(
            before, self._observe().observation, self.guard_config.settings, request
        )
        command = traced.result.command
        self.trace.append(traced)
        async with self._transaction(before, state):
            yield request.temperature if command is None else command.setpoint
        self.actuator.async_notify_requested(traced.result)

    @asynccontextmanager
    async def async_request_mode(self, preset: str | None) -> AsyncIterator[None]:
        """Record a chosen preset, or a mode if None, while the caller sends it to the thermostat; withdraw it if that raises."""
        before, seen = self._state, self._observe().observation
        async with self._transaction(
            before, engine.record_choice(before, seen.at, preset, seen.thermostat.hvac_mode)
        ):
            yield

    async def async_accept_setpoint(self, temperature: float, context: Context) -> None:
        """Set a proposed setpoint, °C, in the context of the person who accepted it.

        Withdraws it and raises HomeAssistantError if the thermostat refuses.
        """
        before = self._state
        decision = before.view.decision
        state, command = engine.accept_proposal(
            before, self._observe().observation, self.guard_config.settings, temperature
        )
        if command is None:
            return
        async with self._transaction(before, state):
            await self.actuator.async_write_accepted(command, decision, context)

    async def async_lower_setpoint(self, temperature: float, context: Context) -> None:
        """Request a lower setpoint, °C, in the context of a person. Does nothing if the setpoint is not above it.

        Raises HomeAssistantError if the thermostat refuses.
        """
        state, unit = (
            get_available_state(self.hass, self.guard_config.thermostat),
            self.hass.config.units.temperature_unit,
        )
        shown = heating_setpoint(state, unit)
        if state is None or shown is None or shown <= temperature:
            return
        command = self.command_contexts.remember(context)
        async with self.async_request_setpoint(
            Request(temperature=temperature, is_single=not has_range(state))
        ) as applied:
            await async_set_heating(
                self.hass,
                self.guard_config.thermostat,
                state,
                home_temperature(applied, unit),
                None,
                command,
            )

    @asynccontextmanager
    async def _transaction(self, before: EngineState, after: EngineState) -> AsyncIterator[None]:
        """Save a state before its command is sent, and go back to the state before it if sending raises."""
        is_taken = False
        self._set_state(after)
        try:
            await self._async_save()
            yield
            is_taken = True
        finally:
            if not is_taken:
                self._set_state(engine.withdraw_request(self._state, before, after))
                # After a crash it must not be asked for again.
                await self._async_save()

    @callback
    def async_plan_recovery(self, ready_by: datetime, temperature: float) -> None:
        """Take in that it is to be so warm, °C, by an instant."""
        self._set_state(engine.request_recovery(self._state, ready_by, temperature))

    @callback
    def async_end_hold(self) -> None:
        """Take in that what was set by hand may be limited again."""
        self._set_state(engine.end_hold(self._state))

    def _set_state(self, state: EngineState) -> None:
        """Go on from a state that somebody changed; the next step follows at once."""
        self._state, self.data = state, state.view
        self._async_step()
        self.async_update_listeners()
        if not self.backfill.is_busy:
            self._store.async_save_soon()

    @callback
    def async_add_thermostat_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Have it told when the thermostat shows something else."""
        self._thermostat_listeners.append(listener)
        return lambda: self._thermostat_listeners.remove(listener)

    @callback
    def async_detach(self) -> None:
        """Take no further step: what comes is another guard's to count."""
        for unfollow in self._unsub_sources:
            unfollow()
        self._unsub_sources = []
        self._cancel_scheduled()

    async def _async_save_when_idle(self) -> None:
        # While the history is worked on, on disk it stands where the work goes on from after a crash.
        await self.backfill.async_wait_idle()
        await self._store.async_save()

    async def async_stop(self) -> None:
        """Be over, in this order: no further step, the thermostat as it was asked for, what was counted on disk."""
        if not self._unsub_sources:
            return
        self.async_detach()
        before, settings = self._state, self.guard_config.settings
        self._state, released = engine.restore_thermostat(
            before, self._observe().observation, settings
        )
        try:
            if released.command is not None:
                # Should the thermostat not take it, that is known at the next start.
                await self._async_save()
            is_told, left = await self.actuator.async_restore(released)
            self._state = engine.record_failed_restore(
                self._state, before, left, is_written=is_told
            )
            self._state = engine.record_report(self._state, self._observe().observation, settings)
        finally:
            await self._async_save()

    async def _async_save(self) -> None:
        # While the history is worked on, on disk it stands where the work goes on from after a crash.
        if not self.backfill.is_busy:
            await self._store.async_save()

    def _observe(self) -> SourceSnapshot:
        return observe(
            self.hass,
            self.guard_config,
            dt_util.utcnow(),
            self._feed_data,
            self.command_contexts.ids,
        )

    @callback
    def async_update_config(self, guard_config: GuardConfig) -> None:
        """Go on with other settings of the same sources."""
        before = self.guard_config.settings
        moved = guard_config.settings.zone != before.zone
        self.guard_config = guard_config
        self._relevant_attributes = relevant_attributes(guard_config)
        # What was before counts by what was set then.
        counted = engine.with_tracker(
            self._state, engine.tracker_at(self._state, dt_util.utcnow(), before)
        )
        self._state = engine.with_settings(counted, guard_config.settings)
        self._async_step()
        self.actuator.async_apply_switch_options(
            {switch for switch, one in self._state.protection.switchovers.items() if one.is_on}
        )
        # What shows the settings themselves has no view to go by.
        self.async_update_listeners()
        if moved:
            self.config_entry.async_create_background_task(
                self.hass,
                self._async_change_zone(guard_config.settings.zone),
                f"{self.name} months",
            )

    async def _async_change_zone(self, zone: tzinfo) -> None:
        """Find anew where the months start, after the home's time zone was changed."""
        moved = await self.hass.async_add_executor_job(
            archive.with_time_zone, await self.async_full_ledger(), zone
        )
        if self.backfill.is_busy:
            # What is worked on is cut into months when that is done.
            return
        self._set_tracker(watches.with_months(self._state.tracker, moved.months))
        self.async_update_listeners()
        self._store.async_save_soon()

    def _set_tracker(self, tracker: Tracker) -> None:
        self._state = engine.with_tracker(self._state, tracker)
        self.data = self._state.view

    def _state_to_save(self) -> StoredGuard:
        settings = self.guard_config.settings
        watch = engine.tracker_at(self._state, dt_util.utcnow(), settings)
        return StoredGuard(
            watch.ledger,
            watches.memory_to_save(watch),
            str(settings.zone),
            self._state.alerts,
            self._state.protection,
        )

    @callback
    def _async_source_changed(self, event: Event[EventStateChangedData]) -> None:
        data = event.data
        if is_unchanged(
            data["old_state"], data["new_state"], self._relevant_attributes[data["entity_id"]]
        ):
            return
        if self._pending_step is None:
            self._pending_step = self.hass.loop.call_soon(self._async_step)

    @callback
    def _async_wake(self) -> None:
        self._wake = self._wake_at = None
        self._async_step()

    @callback
    def _async_handle_stop(self, _event: Event) -> None:
        if not self.backfill.is_busy:
            self._store.async_save_soon()

    def _cancel_scheduled(self) -> None:
        if self._pending_step is not None:
            self._pending_step.cancel()
        if self._wake is not None:
            self._wake.cancel()
        self._pending_step = self._wake = self._wake_at = None

    @callback
    def _async_step(self) -> None:
        if not self._unsub_sources:
            return
        if self._pending_step is not None:
            self._pending_step.cancel()
            self._pending_step = None
        sight = self._observe()
        self._source_health.async_check_sources(sight)
        step = engine.step(
            self._state_after_sleep(sight.observation.at),
            sight.observation,
            self.guard_config.settings,
        )
        self.backfill.record(sight.observation)
        self._schedule_wake(step.wake_at)
        self._update_thermostat(sight.thermostat)
        if step.state is not self._state:
            # After a crash nobody else knows it.
            before, after = self._state.protection.setpoint, step.state.protection.setpoint
            is_learnt = (after.requested, after.deviating_readback) != (
                before.requested,
                before.deviating_readback,
            )
            self._state = step.state
            if not self.backfill.is_busy:
                self._schedule_save(
                    step.state.ledger,
                    soon=_is_running(step.view) is not _is_running(self.data) or is_learnt,
                )
        if step.view is not self.data:
            self.data = step.view
            self._source_health.async_log_unknown_values(
                self.guard_config.settings.signals, step.view.evidence
            )
            self.async_update_listeners()
        self._source_health.async_update_ignored(
            is_ignored=step.state.protection.setpoint.is_write_ignored(sight.observation.at)
        )
        self._notify_alert_listeners(step.alert_events)
        if step.trace_step is not None and (
            not self.trace or step.trace_step.differs_from(self.trace[-1])
        ):
            self.trace.append(step.trace_step)
        self._notify_unrestored_listeners(step)
        self.actuator.async_apply_step(step, self._is_wanted)

    def _notify_unrestored_listeners(self, step: Step) -> None:
        shown = None if step.trace_step is None else step.trace_step.result.unrestored_setpoint
        requested = step.state.protection.setpoint.requested
        if shown is None or requested is None:
            return
        left = UnrestoredSetpoint(shown, requested)
        if not self._unrestored_listeners:
            self._queued_unrestored = left
        for listener in self._unrestored_listeners:
            listener(left)

    def _is_wanted(self, command: Command) -> bool:
        # Once nobody looks after it, what waits must not come after the last word.
        return bool(self._unsub_sources) and engine.is_command_current(
            self._state, command, self.guard_config.settings
        )

    def _notify_alert_listeners(self, alert_events: tuple[AlertEvent, ...]) -> None:
        if alert_events and not self.backfill.is_busy:
            # What was told must not be told again after a crash.
            self.config_entry.async_create_background_task(
                self.hass, self._store.async_save(), f"{self.name} alerts"
            )
        if self._queued_alert_events is not None:
            self._queued_alert_events += alert_events
            return
        for happening in alert_events:
            for listener in self._alert_listeners:
                listener(happening)

    def _update_thermostat(self, thermostat: State | None) -> None:
        if thermostat is self.thermostat or is_unchanged(
            self.thermostat, thermostat, MIRRORED_ATTRIBUTES
        ):
            return
        self.thermostat = thermostat
        for mirror in self._thermostat_listeners:
            mirror()

    def _schedule_save(self, ledger: Ledger, *, soon: bool) -> None:
        """Have it written. Not while the history is worked on: on disk it stands where the work goes on from after a crash."""
        if soon:
            self._store.async_save_soon()
        else:
            self._store.async_save_later()
        if self._store.is_archive_due(ledger):
            self.config_entry.async_create_background_task(
                self.hass, self._store.async_archive(self.ledger()), f"{self.name} archive"
            )

    def _schedule_wake(self, at: datetime) -> None:
        if at == self._wake_at:
            return
        if self._wake is not None:
            self._wake.cancel()
        self._wake_at = at
        # By the time that passes, not by the clock: it may be set back, and the strips run on.
        self._wake = self.hass.loop.call_later(
            max((at - dt_util.utcnow()).total_seconds(), 0), self._async_wake
        )

    def _state_after_sleep(self, now: datetime) -> EngineState:
        """Go on from the present state; where the clock went on while the machine slept, that time was seen by nobody."""
        then, monotonic_then = self._last_observed
        self._last_observed = now, time.monotonic()
        awake_until = then + timedelta(seconds=self._last_observed[1] - monotonic_then)
        if (now - awake_until).total_seconds() <= CLOCK_TOLERANCE_SECONDS:
            return self._state
        self.backfill.record(SleepGap(awake_until, now))
        return engine.resume_after_gap(self._state, awake_until, now, self.guard_config.settings)


def _is_running(view: View) -> bool:
    return view.run is not None and view.run.is_running
