"""Runs the core of one guard: takes a step when a source changes, and publishes the view."""

from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
import logging

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import (
    CALLBACK_TYPE,
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
from .core import engine
from .core.account.ledger import Ledger
from .core.account.tracker import Tracker
from .core.alerts.context import Sizing
from .core.alerts.events import AlertEvent
from .core.alerts.state import Alerts
from .core.engine import State as EngineState
from .core.engine import Step, View
from .core.model import Command, Forecast
from .core.persistence.history import StoredGuard
from .core.protection.trace import TraceStep
from .core.settings.guard import MAX_TRACE_STEPS
from .deferred_listeners import DeferredListeners
from .history.persistence import Persistence
from .options.guard import GuardConfig
from .sources.health import SourceHealth
from .sources.mirror import MIRRORED_ATTRIBUTES
from .sources.observe import (
    NO_FEED_DATA,
    SourceSnapshot,
    is_unchanged,
    observe,
    relevant_attributes,
)
from .step_timer import SleepDetector, StepTimer
from .user_commands import UserCommands

_LOGGER = logging.getLogger(__name__)

type GuardConfigEntry = ConfigEntry[GuardCoordinator]


@dataclass(frozen=True, slots=True)
class UnrestoredSetpoint:
    """A thermostat that did not return to the requested setpoint when the guard last ended, °C."""

    reported: float
    requested: float


class GuardCoordinator(DataUpdateCoordinator[View]):
    """Passes observations to the core, carries out its steps, and publishes its view."""

    config_entry: GuardConfigEntry

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
        self.engine_state = engine.start(dt_util.utcnow(), guard_config.settings)
        """Empty until the history is loaded."""
        self.data = self.engine_state.view
        self.thermostat: State | None = None
        """The thermostat's state at the last step."""
        self.trace: deque[TraceStep] = deque(maxlen=MAX_TRACE_STEPS)
        """The last steps in which the core decided something on the setpoint."""
        self.persistence = Persistence(hass, entry, self)
        self.command_contexts = CommandContexts()
        self.actuator = Actuator(
            hass,
            entry,
            guard_config.thermostat,
            self.persistence.async_save_when_idle,
            self.command_contexts,
        )
        self.commands = UserCommands(self)
        self.alert_listeners: DeferredListeners[AlertEvent] = DeferredListeners()
        self.unrestored_listeners: DeferredListeners[UnrestoredSetpoint] = DeferredListeners()
        """Called for a setpoint that the thermostat lost at the last end and that is sent again."""
        self.is_running = False
        """Whether steps are taken: from the start until the guard is stopped or detached."""
        self._unsub_sources: list[CALLBACK_TYPE] = []
        self._thermostat_listeners: list[CALLBACK_TYPE] = []
        self._relevant_attributes = relevant_attributes(guard_config)
        self._feed_data = NO_FEED_DATA
        self._source_health = SourceHealth(hass, entry)
        self._step_timer = StepTimer(hass, self._async_step)
        self._sleep_detector = SleepDetector()

    async def async_start(self) -> None:
        """Load the history, take the first step, and track the sources."""
        settings = self.guard_config.settings
        loaded = await self.persistence.async_load(str(settings.zone))
        now = dt_util.utcnow()
        self._sleep_detector.reset(now)
        self.engine_state = engine.start(
            now, settings, loaded.ledger, loaded.memory, loaded.alerts, loaded.protection
        )
        self.data = self.engine_state.view
        self._unsub_sources = [
            async_track_state_change_event(
                self.hass, self.guard_config.watched, self._async_handle_source_change
            ),
            self.hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, self._async_handle_stop),
        ]
        self.is_running = True
        self.config_entry.async_on_unload(self.async_detach)
        # Clouds and radios stop with the stop event; before it the thermostat can still be set.
        release = HassJob(self.async_stop, f"{self.name} release")
        self.config_entry.async_on_unload(self.hass.async_add_shutdown_job(release))
        self.persistence.async_start_backfill(loaded, now)
        self._async_step()

    async def async_stop(self) -> None:
        """Stop taking steps, restore the requested setpoint, and save."""
        if not self.is_running:
            return
        self.async_detach()
        before, settings = self.engine_state, self.guard_config.settings
        self.engine_state, restored = engine.restore_thermostat(
            before, self.observe().observation, settings
        )
        try:
            if restored.command is not None:
                # If the thermostat does not take it, the next start knows.
                await self.persistence.async_save()
            is_written, failed = await self.actuator.async_restore(restored)
            self.engine_state = engine.record_failed_restore(
                self.engine_state, before, failed, is_written=is_written
            )
            self.engine_state = engine.record_report(
                self.engine_state, self.observe().observation, settings
            )
        finally:
            await self.persistence.async_save()

    @callback
    def async_detach(self) -> None:
        """Stop taking steps, without a save: another guard counts from now on."""
        self.is_running = False
        for unsubscribe in self._unsub_sources:
            unsubscribe()
        self._unsub_sources = []
        self._step_timer.async_cancel()

    @callback
    def async_start_delivery(self) -> None:
        """Deliver the events kept since the start: all listeners are there now."""
        self.unrestored_listeners.async_start_delivery()
        if self.alert_listeners.has_kept_events:
            # An alert that was delivered must not be delivered again after a crash.
            self.persistence.async_save_in_background("alerts")
        self.alert_listeners.async_start_delivery()

    @callback
    def async_add_thermostat_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Register a listener for changes of what the thermostat shows."""
        self._thermostat_listeners.append(listener)
        return lambda: self._thermostat_listeners.remove(listener)

    @property
    def tracker(self) -> Tracker:
        """The tracker of the last step."""
        return self.engine_state.tracker

    @property
    def alerts(self) -> Alerts:
        """The memory of all alerts."""
        return self.engine_state.alerts

    @property
    def reported_setpoint(self) -> float | None:
        """The heating setpoint that the thermostat last showed, °C."""
        return self.engine_state.protection.setpoint.reported

    def ledger(self) -> Ledger:
        """Return the ledger, counted up to now."""
        return self.state_to_save().ledger

    def state_to_save(self) -> StoredGuard:
        """Return all that is saved of the guard, counted up to now."""
        settings = self.guard_config.settings
        tracker = engine.tracker_at(self.engine_state, dt_util.utcnow(), settings)
        return StoredGuard(
            ledger=tracker.ledger,
            memory=tracker.memory_to_save(),
            zone=str(settings.zone),
            alerts=self.engine_state.alerts,
            protection=self.engine_state.protection,
        )

    def observe(self) -> SourceSnapshot:
        """Read the sources now."""
        return observe(
            self.hass,
            self.guard_config,
            dt_util.utcnow(),
            self._feed_data,
            self.command_contexts.ids,
        )

    @callback
    def async_set_state(self, state: EngineState) -> None:
        """Continue from a changed state: take a step, publish, and save soon."""
        self.engine_state, self.data = state, state.view
        self._async_step()
        self.async_update_listeners()
        self.persistence.async_save_soon()

    @callback
    def async_replace_tracker(self, tracker: Tracker) -> None:
        """Continue from another tracker of the same time."""
        self._set_tracker(tracker)
        self._async_step()
        self.async_update_listeners()

    @callback
    def async_update_sizing(self, sizing: Sizing) -> None:
        """Use another estimate of the heat pump's size."""
        self.async_set_state(engine.with_sizing(self.engine_state, sizing))

    @callback
    def async_update_forecast(self, forecast: Forecast) -> None:
        """Use another forecast."""
        if forecast != self._feed_data.forecast:
            self._feed_data = replace(self._feed_data, forecast=forecast)
            self._async_step()

    @callback
    def async_update_schedule(self, schedule: tuple[tuple[datetime, float], ...]) -> None:
        """Use another schedule of setpoints, °C."""
        if schedule != self._feed_data.schedule:
            self._feed_data = replace(self._feed_data, schedule=schedule)
            self._async_step()

    @callback
    def async_update_config(self, guard_config: GuardConfig) -> None:
        """Use other settings of the same sources."""
        before = self.guard_config.settings
        is_zone_changed = guard_config.settings.zone != before.zone
        self.guard_config = guard_config
        self._relevant_attributes = relevant_attributes(guard_config)
        # The time until now counts by the settings that applied to it.
        state = engine.with_tracker(
            self.engine_state, engine.tracker_at(self.engine_state, dt_util.utcnow(), before)
        )
        self.engine_state = engine.with_settings(state, guard_config.settings)
        self._async_step()
        switchovers = self.engine_state.protection.switchovers
        self.actuator.async_apply_switch_options(
            {kind for kind, switchover in switchovers.items() if switchover.is_on}
        )
        # Entities that show the settings themselves are not in the view.
        self.async_update_listeners()
        if is_zone_changed:
            self.config_entry.async_create_background_task(
                self.hass,
                self._async_change_zone(guard_config.settings.zone),
                f"{self.name} months",
            )

    async def _async_change_zone(self, zone: tzinfo) -> None:
        """Move the starts of the months to the home's new time zone."""
        months = await self.persistence.async_months_in_zone(zone)
        if months is None:
            return
        self._set_tracker(self.engine_state.tracker.with_months(months))
        self.async_update_listeners()
        self.persistence.async_save_soon()

    def _set_tracker(self, tracker: Tracker) -> None:
        self.engine_state = engine.with_tracker(self.engine_state, tracker)
        self.data = self.engine_state.view

    @callback
    def _async_handle_source_change(self, event: Event[EventStateChangedData]) -> None:
        data = event.data
        attributes = self._relevant_attributes[data["entity_id"]]
        if not is_unchanged(data["old_state"], data["new_state"], attributes):
            self._step_timer.async_request()

    @callback
    def _async_handle_stop(self, _event: Event) -> None:
        self.persistence.async_save_soon()

    @callback
    def _async_step(self) -> None:
        if not self.is_running:
            return
        self._step_timer.async_clear_request()
        snapshot = self.observe()
        self._source_health.async_check_sources(snapshot)
        step = engine.step(
            self._state_after_sleep(snapshot.observation.at),
            snapshot.observation,
            self.guard_config.settings,
        )
        self.persistence.backfill.record(snapshot.observation)
        self._step_timer.async_schedule(step.wake_at)
        self._update_thermostat(snapshot.thermostat)
        self._adopt_state(step)
        self._publish_view(step.view)
        self._source_health.async_update_ignored(
            is_ignored=step.state.protection.setpoint.is_write_ignored(snapshot.observation.at)
        )
        self._notify_listeners(step)
        self._record_trace(step.trace_step)
        self.actuator.async_apply_step(step, self._is_command_current)

    def _state_after_sleep(self, now: datetime) -> EngineState:
        """Return the present state; what happened while the machine slept is unknown in it."""
        gap = self._sleep_detector.find_gap(now)
        if gap is None:
            return self.engine_state
        self.persistence.backfill.record(gap)
        return engine.resume_after_gap(
            self.engine_state, gap.start, gap.end, self.guard_config.settings
        )

    def _update_thermostat(self, thermostat: State | None) -> None:
        if thermostat is self.thermostat or is_unchanged(
            self.thermostat, thermostat, MIRRORED_ATTRIBUTES
        ):
            return
        self.thermostat = thermostat
        for listener in self._thermostat_listeners:
            listener()

    def _adopt_state(self, step: Step) -> None:
        """Continue from the state of a step, and schedule its save."""
        if step.state is self.engine_state:
            return
        before, after = self.engine_state.protection.setpoint, step.state.protection.setpoint
        # After a crash, only the disk knows these.
        is_learned = (after.requested, after.deviating_readback) != (
            before.requested,
            before.deviating_readback,
        )
        self.engine_state = step.state
        self.persistence.async_save_step(
            step.state.ledger,
            is_urgent=is_learned or _is_aux_running(step.view) is not _is_aux_running(self.data),
        )

    def _publish_view(self, view: View) -> None:
        if view is self.data:
            return
        self.data = view
        self._source_health.async_log_unknown_values(
            self.guard_config.settings.signals, view.evidence
        )
        self.async_update_listeners()

    def _notify_listeners(self, step: Step) -> None:
        if step.alert_events:
            # An alert that was sent must not be sent again after a crash.
            self.persistence.async_save_in_background("alerts")
            self.alert_listeners.async_notify(step.alert_events)
        reported = None if step.trace_step is None else step.trace_step.result.unrestored_setpoint
        requested = step.state.protection.setpoint.requested
        if reported is not None and requested is not None:
            self.unrestored_listeners.async_notify([UnrestoredSetpoint(reported, requested)])

    def _record_trace(self, trace_step: TraceStep | None) -> None:
        if trace_step is not None and (not self.trace or trace_step.differs_from(self.trace[-1])):
            self.trace.append(trace_step)

    def _is_command_current(self, command: Command) -> bool:
        # Once the guard has ended, no waiting command may follow the final restore.
        return self.is_running and engine.is_command_current(
            self.engine_state, command, self.guard_config.settings
        )


def _is_aux_running(view: View) -> bool:
    return view.run is not None and view.run.is_running
