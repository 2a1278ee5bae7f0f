"""One step: from what was, and what is seen now, to what is, what to show, what to tell, and when to look again."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .account.figures import UsageWindows, usage_windows
from .account.ledger import Ledger
from .account.tracker import NO_TRACKER_MEMORY, Tracker, TrackerMemory, begin_tracking
from .alerts import lifecycle as alarm
from .alerts import trend
from .alerts.conditions import runtime
from .alerts.context import AlertContext, Sizing
from .alerts.lifecycle import NO_ACTIVE_ALERTS, AlertEvent, Alerts, AlertsView, Evaluation
from .alerts.trend import NO_TREND, Trend
from .model import Alert, Command, Evidence, Heat, Mode, Observation, Request, Run, SwitchoverKind
from .protection import controller
from .protection.context import ControlContext
from .protection.decision import (
    INITIAL_PROTECTION_STATE,
    ControlResult,
    Decision,
    ProtectionState,
)
from .protection.setpoint import WriteOrigin
from .protection.trace import TraceStep
from .sense.values import current_outdoor, plausible_temperature
from .settings.guard import RULES_INTERVAL, Settings
from .units import EPSILON


@dataclass(frozen=True, slots=True)
class View:
    """What is shown."""

    heat: Heat
    evidence: tuple[Evidence, ...]
    """One for each signal of the settings, in their order; empty before the first observation."""
    figures: UsageWindows
    run: Run | None
    alerts: AlertsView = NO_ACTIVE_ALERTS
    """The very same as before where they stand as before."""
    decision: Decision | None = None
    """What should hold, and what limits it; the very same as before where it is alike; None: nothing is decided."""


@dataclass(frozen=True, slots=True)
class State:
    """What one step hands to the next."""

    tracker: Tracker
    view: View
    """The very same as before where nothing else is shown."""
    wake_at: datetime
    alerts: Alerts = alarm.NO_ALERTS
    rules_due: datetime | None = None
    """When time alone may change what a rule says; None: no rule waits."""
    rules_checked_at: datetime | None = None
    """When all rules were looked at last."""
    trend: Trend = NO_TREND
    sizing: Sizing | None = None
    last_observation: Observation | None = None
    """What the rules saw last; None: they are to look anew."""
    protection: ProtectionState = INITIAL_PROTECTION_STATE

    @property
    def ledger(self) -> Ledger:
        """What is counted by now."""
        return self.tracker.ledger

    @property
    def figures(self) -> UsageWindows:
        """What is shown of it."""
        return self.view.figures

    @property
    def last_step_at(self) -> datetime:
        """When the last step was taken, as far as is remembered. A clock that shows less was set back."""
        return (
            self.ledger.at
            if self.last_observation is None
            else max(self.ledger.at, self.last_observation.at)
        )


@dataclass(frozen=True, slots=True)
class Step:
    """The outcome of a step. Where nothing was to be done, the state is the very one that was given."""

    state: State
    view: View
    wake_at: datetime
    """When to take the next step, even where nothing happens until then."""
    alert_events: tuple[AlertEvent, ...] = ()
    """What happened to alerts, in order."""
    command: Command | None = None
    """What the thermostat is to be told now."""
    switch_changes: tuple[tuple[SwitchoverKind, bool], ...] = ()
    """What is to be switched now, and whether on."""
    trace_step: TraceStep | None = None
    """What was decided on the setpoint, and by what; None: nothing new was looked at."""


def start(  # noqa: PLR0913, PLR0917 -- all that is kept
    at: datetime,
    settings: Settings,
    ledger: Ledger | None = None,
    memo: TrackerMemory = NO_TRACKER_MEMORY,
    alerts: Alerts = alarm.NO_ALERTS,
    protection: ProtectionState = INITIAL_PROTECTION_STATE,
) -> State:
    """Start, or go on from a ledger. The time since it was written was seen by nobody."""
    begun = build_state(begin_tracking(at, settings, ledger, memo))
    if ledger is not None and at < ledger.at:
        alerts = alarm.rewind(alerts, ledger.at - at)
    return replace(
        with_alerts(begun, alarm.restart(alerts)), protection=protection.mark_restarted()
    )


def build_state(tracker: Tracker) -> State:
    """Show what a watch has counted so far."""
    tracker = _trim_ledger(tracker)
    shown = usage_windows(tracker.ledger, tracker.bounds)
    return State(
        tracker,
        _build_view(tracker, shown, NO_ACTIVE_ALERTS),
        wake_at=shown.refresh_due_at(tracker.ledger),
    )


def with_tracker(state: State, tracker: Tracker) -> State:
    """Go on from another account of the same time."""
    kept = replace(
        build_state(tracker), trend=state.trend, sizing=state.sizing, protection=state.protection
    )
    return with_alerts(kept, state.alerts)


def with_settings(state: State, settings: Settings) -> State:
    """Go on with other settings of the same sources: the next step looks at everything anew."""
    return with_tracker(state, state.tracker.with_settings(settings))


def resume_after_gap(state: State, since: datetime, until: datetime, settings: Settings) -> State:
    """Go on after a time in which nobody looked."""
    awake = build_state(state.tracker.skip_gap(since, until, settings))
    protection = state.protection.mark_restarted()
    return replace(
        with_alerts(awake, alarm.restart(state.alerts)),
        sizing=state.sizing,
        protection=protection,
    )


def with_sizing(state: State, sizing: Sizing) -> State:
    """Take in what the season so far tells of the heat pump's size."""
    return replace(state, sizing=sizing, last_observation=None)


def with_alerts(state: State, alerts: Alerts) -> State:
    """Go on with alerts that somebody answered; the next step looks at them anew."""
    standing = alarm.view_at(alerts, state.ledger.at)
    view = state.view if standing == state.view.alerts else replace(state.view, alerts=standing)
    return replace(state, alerts=alerts, view=view, last_observation=None)


def record_filter_cleaned(state: State) -> State:
    """Take in that the filter was cleaned."""
    watch = state.tracker
    return replace(
        state,
        tracker=replace(watch, counters=replace(watch.counters, airflow_seconds=0.0)),
        last_observation=None,
    )


def step(state: State, observation: Observation, settings: Settings) -> Step:
    """Take in an observation. One that tells nothing new, before it is time to wake, takes no step."""
    if observation.at < state.last_step_at:
        state = with_alerts(state, alarm.rewind(state.alerts, state.last_step_at - observation.at))
    watch = state.tracker.advance(observation, settings)
    if watch is state.tracker:
        if observation.at >= state.wake_at:
            watch = watch.advance_meter(observation, settings)
        elif observation == state.last_observation:
            return Step(state, state.view, state.wake_at)
    return _advance(state, watch, observation, settings)


def request_setpoint(
    state: State, observation: Observation, settings: Settings, request: Request
) -> tuple[State, TraceStep]:
    """Record a request made on the guard's climate entity; the command is the limited setpoint to send instead, now."""
    situation = _alert_context(state.tracker, observation, state.trend, state.sizing, settings)
    scene = _control_scene(situation, state.alerts.allowed_until)
    decided = controller.request_setpoint(state.protection, scene, request)
    return replace(state, protection=decided.protection, last_observation=None), TraceStep(
        context=scene, state_before=state.protection, result=decided, request=request
    )


def record_choice(state: State, at: datetime, preset: str | None, mode: str | None) -> State:
    """Record that somebody chose a preset or a mode on the guard's climate entity; `mode` is the thermostat's mode before."""
    return replace(
        state,
        protection=state.protection.record_choice(at, preset, mode),
        last_observation=None,
    )


def accept_proposal(
    state: State, observation: Observation, settings: Settings, temperature: float
) -> tuple[State, Command | None]:
    """Take in that somebody agrees to a proposal, °C; tell also what the thermostat is to be told for that, now."""
    situation = _alert_context(state.tracker, observation, state.trend, state.sizing, settings)
    protection, command = controller.accept_proposal(
        state.protection, _control_scene(situation), temperature
    )
    return replace(state, protection=protection, last_observation=None), command


def withdraw_request(state: State, before: State, after: State) -> State:
    """Take back what somebody asked for, by the states before and after that: the thermostat refused it."""
    protection = state.protection.withdraw_request(before.protection, after.protection)
    return replace(state, protection=protection, last_observation=None)


def record_failed_restore(
    state: State, before: State, switches: Collection[SwitchoverKind], *, is_written: bool
) -> State:
    """Take back of a release what could not be done: what the thermostat was not told, and what was not put back, is to be done again."""
    now, was = state.protection, before.protection
    setpoint = now.setpoint if is_written else now.setpoint.withdraw_write(was.setpoint)
    left = {switch: one for switch, one in was.switchovers.items() if switch in switches}
    return replace(
        state, protection=replace(now, setpoint=setpoint, switchovers=left), last_observation=None
    )


def request_recovery(state: State, ready_by: datetime, temperature: float) -> State:
    """Take in that it is to be so warm, °C, by an instant."""
    return replace(
        state,
        protection=state.protection.request_recovery(ready_by, temperature),
        last_observation=None,
    )


def end_hold(state: State) -> State:
    """Take in that what was set by hand may be limited again."""
    return replace(state, protection=state.protection.end_hold(), last_observation=None)


def restore_thermostat(
    state: State, observation: Observation, settings: Settings
) -> tuple[State, ControlResult]:
    """Give back what was asked for; tell also what is to be told and switched for that."""
    situation = _alert_context(state.tracker, observation, state.trend, state.sizing, settings)
    decided = controller.restore_thermostat(state.protection, _control_scene(situation))
    return replace(state, protection=decided.protection, last_observation=None), decided


def record_report(state: State, observation: Observation, settings: Settings) -> State:
    """Update the record with the setpoint that the thermostat shows after the last command of a guard that ends."""
    situation = _alert_context(state.tracker, observation, state.trend, state.sizing, settings)
    return replace(
        state,
        protection=controller.record_report(state.protection, _control_scene(situation)),
        last_observation=None,
    )


def is_command_current(state: State, command: Command, settings: Settings) -> bool:
    """Tell whether a command still stands, when its turn has come."""
    decision, told = state.view.decision, state.protection.setpoint.last_write
    if settings.mode is Mode.PROTECT and decision is not None:
        return abs(decision.applied - command.setpoint) < EPSILON
    return (
        told is not None
        and told.origin is WriteOrigin.RESTORE
        and abs(told.value - command.setpoint) < EPSILON
    )


def tracker_at(state: State, at: datetime, settings: Settings) -> Tracker:
    """Count up to an instant at which nothing changed, to write it down."""
    return state.tracker.advance_to(at, settings)


def _trim_ledger(tracker: Tracker) -> Tracker:
    ledger = tracker.ledger.trim()
    return tracker if ledger is tracker.ledger else replace(tracker, ledger=ledger)


def _advance(state: State, tracker: Tracker, observation: Observation, settings: Settings) -> Step:
    another_day = (
        tracker.bounds is not state.tracker.bounds and tracker.bounds != state.tracker.bounds
    )
    if another_day:
        tracker = _trim_ledger(tracker)
    shown = (
        state.figures if tracker is state.tracker else _update_figures(state, tracker, another_day)
    )
    followed = trend.add_reading(
        state.trend, observation.at, plausible_temperature(observation.thermostat.room)
    )
    situation = _alert_context(tracker, observation, followed, state.sizing, settings)
    scene = _control_scene(situation, state.alerts.allowed_until)
    decided = controller.decide(state.protection, scene)
    advice, last_cooled = controller.advice(decided), decided.protection.setpoint.was_cooling_last
    if advice is not None or last_cooled:
        situation = replace(situation, advice=advice, last_cooled=last_cooled)
    judged = _evaluate_rules(state, situation, decided)
    times = (shown.refresh_due_at(tracker.ledger), tracker.signals_due, judged.due, decided.due)
    wake = min(time for time in times if time is not None)
    decision = state.view.decision if decided.decision == state.view.decision else decided.decision
    is_alike = (
        judged.alerts is state.alerts
        and tracker is state.tracker
        and decision is state.view.decision
    )
    view = (
        state.view
        if is_alike
        else _build_view(
            tracker, shown, _active_alerts(state, judged.alerts, observation.at), decision
        )
    )
    view = state.view if view == state.view else view
    after = State(
        tracker,
        view,
        wake,
        judged.alerts,
        judged.due,
        judged.at,
        followed,
        state.sizing,
        observation,
        decided.protection,
    )
    return Step(
        after,
        view,
        wake,
        judged.events,
        decided.command,
        decided.switch_changes,
        TraceStep(context=scene, state_before=state.protection, result=decided),
    )


def _evaluate_rules(state: State, context: AlertContext, decided: ControlResult) -> Evaluation:
    """Look at a situation by all rules; where nothing but time went on, and not for long, none can have come to say anything else."""
    due, judged_at = state.rules_due, state.rules_checked_at
    if (
        judged_at is not None
        and timedelta(0) <= context.at - judged_at < RULES_INTERVAL
        and (due is None or context.at < due)
        and context.heat == state.tracker.heat
        and context.evidence == state.tracker.evidence
        and context.observation == state.last_observation
        and decided.decision == state.view.decision
    ):
        return Evaluation(state.alerts, judged_at, due)
    return alarm.evaluate(state.alerts, context)


def _active_alerts(state: State, alerts: Alerts, at: datetime) -> AlertsView:
    standing, before = alarm.view_at(alerts, at), state.view.alerts
    return before if standing == before else standing


def _update_figures(state: State, tracker: Tracker, another_day: bool) -> UsageWindows:
    ledger = tracker.ledger
    if (
        another_day
        or ledger.points[-1].state is not state.ledger.points[-1].state
        or tracker.heat != state.tracker.heat
    ):
        return usage_windows(ledger, tracker.bounds)
    return state.figures.refresh(ledger)


def _alert_context(
    tracker: Tracker,
    observation: Observation,
    room_trend: Trend,
    sizing: Sizing | None,
    settings: Settings,
) -> AlertContext:
    thermostat = observation.thermostat
    return AlertContext(
        observation,
        tracker.evidence,
        tracker.heat,
        tracker.ledger,
        tracker.counters,
        tracker.circumstances,
        room_trend,
        sizing,
        settings,
        current_outdoor(observation),
        plausible_temperature(thermostat.room),
        plausible_temperature(thermostat.setpoint) if thermostat.is_set_to_heat else None,
    )


def _control_scene(now: AlertContext, allowed_until: datetime | None = None) -> ControlContext:
    """Find what a decision goes by."""
    is_over = False
    if now.settings.mode is not Mode.MONITOR:
        # What was to be expected no setpoint spares, but one that leaves people in the cold.
        verdict = runtime.is_over_budget(now, now.settings.alerts.configs[Alert.OVERRUN].thresholds)
        is_over = bool(verdict.holds) and not verdict.is_expected
    last_aux = None if now.ledger.run is None else now.ledger.run.last_seen
    return ControlContext(
        observation=now.observation,
        settings=now.settings,
        outdoor=now.outdoor,
        room=now.room,
        setpoint=now.setpoint,
        is_over_budget=is_over,
        aux_last_seen=last_aux,
        aux_allowed_until=allowed_until,
    )


def _build_view(
    tracker: Tracker, shown: UsageWindows, standing: AlertsView, decision: Decision | None = None
) -> View:
    return View(tracker.heat, tracker.evidence, shown, tracker.ledger.run, standing, decision)
