"""The step of a guard: from the previous state and an observation to the next state.

A step also returns what to display, the alert events, the commands, and when to take the next step.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .account.figures import UsageWindows, usage_windows
from .account.ledger import Ledger
from .account.tracker import NO_TRACKER_MEMORY, Tracker, TrackerMemory, begin_tracking
from .alerts.context import AlertContext, Sizing
from .alerts.events import AlertEvent
from .alerts.lifecycle import Evaluation, evaluate
from .alerts.rules import alert_config
from .alerts.rules.overrun import is_over_budget
from .alerts.state import NO_ACTIVE_ALERTS, NO_ALERTS, Alerts, AlertsView
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


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The values that the entities display."""

    heat: Heat
    evidence: tuple[Evidence, ...]
    """One for each signal of the settings, in their order. Empty before the first observation."""
    figures: UsageWindows
    run: Run | None
    alerts: AlertsView = NO_ACTIVE_ALERTS
    """The previous object if nothing changed."""
    decision: Decision | None = None
    """The decision on the setpoint, or None. The previous object if nothing changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Everything that one step passes to the next."""

    tracker: Tracker
    view: View
    """The previous object if nothing changed, so that identity checks are cheap."""
    wake_at: datetime
    """The time of the next step, even if nothing happens before."""
    alerts: Alerts = NO_ALERTS
    rules_due: datetime | None = None
    """The time at which a rule may change even if no input changes, or None."""
    rules_checked_at: datetime | None = None
    """The time at which all rules were evaluated last."""
    trend: Trend = NO_TREND
    sizing: Sizing | None = None
    last_observation: Observation | None = None
    """The observation the rules evaluated last, or None if they must evaluate again."""
    protection: ProtectionState = INITIAL_PROTECTION_STATE

    @property
    def ledger(self) -> Ledger:
        """The ledger up to the last step."""
        return self.tracker.ledger

    @property
    def figures(self) -> UsageWindows:
        """The displayed usage figures."""
        return self.view.figures

    @property
    def last_step_at(self) -> datetime:
        """The time of the last step. If the clock shows an earlier time, it was set back."""
        return (
            self.ledger.at
            if self.last_observation is None
            else max(self.ledger.at, self.last_observation.at)
        )

    def with_protection(self, protection: ProtectionState) -> State:
        """Return the state with another state of protection. The next step evaluates everything."""
        return replace(self, protection=protection, last_observation=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The outcome of a step. If there was nothing to do, the state is the one that was given."""

    state: State
    view: View
    wake_at: datetime
    """The time of the next step, even if nothing happens before."""
    alert_events: tuple[AlertEvent, ...] = ()
    """The events of alerts, in order."""
    command: Command | None = None
    """The command to send to the thermostat now."""
    switch_changes: tuple[tuple[SwitchoverKind, bool], ...] = ()
    """The switches to change now, each with its new position."""
    trace_step: TraceStep | None = None
    """The decision with its inputs, or None if nothing changed."""


def start(  # noqa: PLR0913, PLR0917 -- all that is stored
    at: datetime,
    settings: Settings,
    ledger: Ledger | None = None,
    memory: TrackerMemory = NO_TRACKER_MEMORY,
    alerts: Alerts = NO_ALERTS,
    protection: ProtectionState = INITIAL_PROTECTION_STATE,
) -> State:
    """Return the first state, from stored records if there are any.

    Nothing was observed since they were stored.
    """
    state = build_state(begin_tracking(at, settings, ledger, memory))
    if ledger is not None and at < ledger.at:
        alerts = alerts.with_clock_set_back(ledger.at - at)
    return replace(
        with_alerts(state, alerts.after_restart()), protection=protection.mark_restarted()
    )


def build_state(tracker: Tracker) -> State:
    """Return a state with the figures of a tracker."""
    tracker = _trim_ledger(tracker)
    figures = usage_windows(tracker.ledger, tracker.bounds)
    return State(
        tracker=tracker,
        view=_build_view(tracker, figures, NO_ACTIVE_ALERTS),
        wake_at=figures.refresh_due_at(tracker.ledger),
    )


def with_tracker(state: State, tracker: Tracker) -> State:
    """Return the state with another tracker of the same time."""
    replaced = replace(
        build_state(tracker), trend=state.trend, sizing=state.sizing, protection=state.protection
    )
    return with_alerts(replaced, state.alerts)


def with_settings(state: State, settings: Settings) -> State:
    """Return the state with other settings for the same sources."""
    return with_tracker(state, state.tracker.with_settings(settings))


def resume_after_gap(state: State, since: datetime, until: datetime, settings: Settings) -> State:
    """Return the state after a time in which nothing was observed."""
    resumed = build_state(state.tracker.skip_gap(since, until, settings))
    protection = state.protection.mark_restarted()
    return replace(
        with_alerts(resumed, state.alerts.after_restart()),
        sizing=state.sizing,
        protection=protection,
    )


def with_sizing(state: State, sizing: Sizing) -> State:
    """Return the state with figures on the size of the heat pump."""
    return replace(state, sizing=sizing, last_observation=None)


def with_alerts(state: State, alerts: Alerts) -> State:
    """Return the state with other alerts. The next step evaluates them again."""
    view, alerts_view = state.view, _alerts_view(state, alerts, state.ledger.at)
    if alerts_view is not view.alerts:
        view = replace(view, alerts=alerts_view)
    return replace(state, alerts=alerts, view=view, last_observation=None)


def record_filter_cleaned(state: State) -> State:
    """Return the state after the filter was cleaned."""
    counters = replace(state.tracker.counters, airflow_seconds=0.0)
    tracker = replace(state.tracker, counters=counters)
    return replace(state, tracker=tracker, last_observation=None)


def step(state: State, observation: Observation, settings: Settings) -> Step:
    """Return the step for an observation. An unchanged one before the wake time changes nothing."""
    if observation.at < state.last_step_at:
        state = with_alerts(
            state, state.alerts.with_clock_set_back(state.last_step_at - observation.at)
        )
    tracker = state.tracker.advance(observation, settings)
    if tracker is state.tracker:
        if observation.at >= state.wake_at:
            tracker = tracker.advance_meter(observation, settings)
        elif observation == state.last_observation:
            return Step(state=state, view=state.view, wake_at=state.wake_at)
    return _advance(state, tracker, observation, settings)


def request_setpoint(
    state: State, observation: Observation, settings: Settings, request: Request
) -> tuple[State, TraceStep]:
    """Record a request made on the guard's climate entity.

    The command of the result is the limited setpoint, to be sent now instead of the requested one.
    """
    _, context = _contexts(state, observation, settings)
    result = controller.request_setpoint(state.protection, context, request)
    step = TraceStep(context=context, state_before=state.protection, result=result, request=request)
    return state.with_protection(result.protection), step


def record_choice(state: State, at: datetime, preset: str | None, mode: str | None) -> State:
    """Record that somebody chose a preset or a mode on the guard's climate entity.

    `mode` is the thermostat's mode before the choice.
    """
    return state.with_protection(state.protection.record_choice(at, preset, mode))


def accept_proposal(
    state: State, observation: Observation, settings: Settings, temperature: float
) -> tuple[State, Command | None]:
    """Record that somebody accepted a proposed setpoint in °C. Return the command to send now."""
    _, context = _contexts(state, observation, settings)
    protection, command = controller.accept_proposal(state.protection, context, temperature)
    return state.with_protection(protection), command


def withdraw_request(state: State, before: State, after: State) -> State:
    """Return the state without a request that the thermostat refused.

    `before` and `after` are the states around the request.
    """
    return state.with_protection(
        state.protection.withdraw_request(before.protection, after.protection)
    )


def record_failed_restore(
    state: State, before: State, switches: Collection[SwitchoverKind], *, is_written: bool
) -> State:
    """Return the state after a restore that failed in part, so that it is tried again.

    `switches` are the switches that were not restored. `is_written` is False if the setpoint was
    not written either.
    """
    setpoint = state.protection.setpoint
    if not is_written:
        setpoint = setpoint.withdraw_write(before.protection.setpoint)
    switchovers = {
        kind: one for kind, one in before.protection.switchovers.items() if kind in switches
    }
    return state.with_protection(
        replace(state.protection, setpoint=setpoint, switchovers=switchovers)
    )


def request_recovery(state: State, ready_by: datetime, temperature: float) -> State:
    """Record that somebody requested a temperature in °C by a time."""
    return state.with_protection(state.protection.request_recovery(ready_by, temperature))


def end_hold(state: State) -> State:
    """End the manual hold or the conflict pause."""
    return state.with_protection(state.protection.end_hold())


def restore_thermostat(
    state: State, observation: Observation, settings: Settings
) -> tuple[State, ControlResult]:
    """Restore the requested setpoint and the switches before the guard stops."""
    _, context = _contexts(state, observation, settings)
    result = controller.restore_thermostat(state.protection, context)
    return state.with_protection(result.protection), result


def record_report(state: State, observation: Observation, settings: Settings) -> State:
    """Record the setpoint reported after the last command of a guard that stops."""
    _, context = _contexts(state, observation, settings)
    return state.with_protection(controller.record_report(state.protection, context))


def is_command_current(state: State, command: Command, settings: Settings) -> bool:
    """Return True if a queued command is still what the thermostat should have."""
    decision, last_write = state.view.decision, state.protection.setpoint.last_write
    if settings.mode is Mode.PROTECT and decision is not None:
        return abs(decision.applied - command.setpoint) < EPSILON
    return (
        last_write is not None
        and last_write.origin is WriteOrigin.RESTORE
        and abs(last_write.value - command.setpoint) < EPSILON
    )


def tracker_at(state: State, at: datetime, settings: Settings) -> Tracker:
    """Return the tracker advanced to a time at which nothing changed, to store it."""
    return state.tracker.advance_to(at, settings)


def _trim_ledger(tracker: Tracker) -> Tracker:
    ledger = tracker.ledger.trim()
    return tracker if ledger is tracker.ledger else replace(tracker, ledger=ledger)


def _advance(state: State, tracker: Tracker, observation: Observation, settings: Settings) -> Step:
    is_new_day = (
        tracker.bounds is not state.tracker.bounds and tracker.bounds != state.tracker.bounds
    )
    if is_new_day:
        tracker = _trim_ledger(tracker)
    figures = state.figures
    if tracker is not state.tracker:
        figures = _update_figures(state, tracker, is_new_day=is_new_day)
    state_now = replace(
        state,
        tracker=tracker,
        trend=state.trend.with_reading(
            observation.at, plausible_temperature(observation.thermostat.room)
        ),
    )
    conditions, context = _contexts(state_now, observation, settings)
    control = controller.decide(state.protection, context)
    rules = _evaluate_rules(state, _with_control(conditions, control), control)
    dues = (figures.refresh_due_at(tracker.ledger), tracker.signals_due, rules.due, control.due)
    wake_at = min(due for due in dues if due is not None)
    view = _next_view(state, tracker, figures, rules, control, observation.at)
    return Step(
        state=State(
            tracker=tracker,
            view=view,
            wake_at=wake_at,
            alerts=rules.alerts,
            rules_due=rules.due,
            rules_checked_at=rules.at,
            trend=state_now.trend,
            sizing=state.sizing,
            last_observation=observation,
            protection=control.protection,
        ),
        view=view,
        wake_at=wake_at,
        alert_events=rules.events,
        command=control.command,
        switch_changes=control.switch_changes,
        trace_step=TraceStep(context=context, state_before=state.protection, result=control),
    )


def _next_view(  # noqa: PLR0913, PLR0917 -- all that is displayed
    state: State,
    tracker: Tracker,
    figures: UsageWindows,
    rules: Evaluation,
    control: ControlResult,
    at: datetime,
) -> View:
    """Return the next view, or the previous object if nothing changed."""
    decision = control.decision
    if decision == state.view.decision:
        decision = state.view.decision
        if rules.alerts is state.alerts and tracker is state.tracker:
            return state.view
    view = _build_view(tracker, figures, _alerts_view(state, rules.alerts, at), decision)
    return state.view if view == state.view else view


def _evaluate_rules(state: State, context: AlertContext, control: ControlResult) -> Evaluation:
    """Return the evaluation of all rules, or the previous one if only a short time passed."""
    due, checked_at = state.rules_due, state.rules_checked_at
    if (
        checked_at is not None
        and timedelta(0) <= context.at - checked_at < RULES_INTERVAL
        and (due is None or context.at < due)
        and context.heat == state.tracker.heat
        and context.evidence == state.tracker.evidence
        and context.observation == state.last_observation
        and control.decision == state.view.decision
    ):
        return Evaluation(alerts=state.alerts, at=checked_at, due=due)
    return evaluate(state.alerts, context)


def _alerts_view(state: State, alerts: Alerts, at: datetime) -> AlertsView:
    """Return the displayed alerts, or the previous object if nothing changed."""
    view, before = alerts.view_at(at), state.view.alerts
    return before if view == before else view


def _update_figures(state: State, tracker: Tracker, *, is_new_day: bool) -> UsageWindows:
    """Return the usage figures. They are only refreshed if no period and no heat state changed."""
    ledger = tracker.ledger
    if (
        is_new_day
        or ledger.points[-1].state is not state.ledger.points[-1].state
        or tracker.heat != state.tracker.heat
    ):
        return usage_windows(ledger, tracker.bounds)
    return state.figures.refresh(ledger)


def _contexts(
    state: State, observation: Observation, settings: Settings
) -> tuple[AlertContext, ControlContext]:
    """Return the current conditions for the rules, and those for protection."""
    tracker, thermostat = state.tracker, observation.thermostat
    alert_context = AlertContext(
        observation=observation,
        evidence=tracker.evidence,
        heat=tracker.heat,
        ledger=tracker.ledger,
        counters=tracker.counters,
        circumstances=tracker.circumstances,
        trend=state.trend,
        sizing=state.sizing,
        settings=settings,
        outdoor=current_outdoor(observation),
        room=plausible_temperature(thermostat.room),
        setpoint=plausible_temperature(thermostat.setpoint) if thermostat.is_set_to_heat else None,
    )
    run = tracker.ledger.run
    control_context = ControlContext(
        observation=observation,
        settings=settings,
        outdoor=alert_context.outdoor,
        room=alert_context.room,
        setpoint=alert_context.setpoint,
        is_over_budget=_is_over_budget(alert_context),
        aux_last_seen=None if run is None else run.last_seen,
        aux_allowed_until=state.alerts.allowed_until,
    )
    return alert_context, control_context


def _is_over_budget(context: AlertContext) -> bool:
    """Return True if aux heat exceeds its budget more than the conditions explain."""
    if context.settings.mode is Mode.MONITOR:
        return False
    thresholds = alert_config(context.settings.alerts, Alert.OVERRUN).thresholds
    verdict = is_over_budget(context, thresholds)
    # Expected aux heat cannot be saved, except by a setpoint that leaves people in the cold.
    return bool(verdict.holds) and not verdict.is_expected


def _with_control(context: AlertContext, control: ControlResult) -> AlertContext:
    """Return the conditions for the rules, with the outcome of control."""
    advice, last_cooled = controller.advice(control), control.protection.setpoint.was_cooling_last
    if advice is None and not last_cooled:
        return context
    return replace(context, advice=advice, last_cooled=last_cooled)


def _build_view(
    tracker: Tracker, figures: UsageWindows, alerts: AlertsView, decision: Decision | None = None
) -> View:
    return View(
        heat=tracker.heat,
        evidence=tracker.evidence,
        figures=figures,
        run=tracker.ledger.run,
        alerts=alerts,
        decision=decision,
    )
