"""Alerts after changes of settings and sources, which the stories do not cover."""

from dataclasses import replace
from datetime import datetime, timedelta

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.alerts.conditions.common_facts import (
    CERTAINTY,
    ESTIMATED,
)
from custom_components.aux_heat_guard.core.alerts.events import AlertEvent, EventType
from custom_components.aux_heat_guard.core.alerts.rules import DEFAULT_CONFIGS
from custom_components.aux_heat_guard.core.alerts.state import Alerts, AlertState, Episode, Pending
from custom_components.aux_heat_guard.core.model import (
    NO_FORECAST,
    Alert,
    Forecast,
    HeatState,
    Mode,
    Observation,
    Role,
    Severity,
    Source,
    Thermostat,
)
from custom_components.aux_heat_guard.core.sense.kinds import InferenceSignal, OnOffSignal
from custom_components.aux_heat_guard.core.settings.alerts import (
    DEFAULT_ALERTS,
    AlertSettings,
)
from custom_components.aux_heat_guard.core.settings.guard import Settings
from custom_components.aux_heat_guard.core.units import celsius_from_fahrenheit

from ..helpers import START, STRIPS_AND_COMPRESSOR, after, observe_state, step_until

AUX, OFF = HeatState.HEAT_PUMP_AUX, HeatState.OFF
HOME = replace(
    STRIPS_AND_COMPRESSOR, has_outdoor=True, alerts=replace(DEFAULT_ALERTS, quiet_hours=None)
)
FORECAST = replace(HOME, has_forecast=True)
DANGEROUS = replace(DEFAULT_CONFIGS[Alert.NEAR_FREEZING], severity=Severity.CRITICAL)
CRITICAL = replace(
    HOME,
    alerts=replace(HOME.alerts, configs={Alert.NEAR_FREEZING: DANGEROUS}),
)
EPISODE = Episode(raised_at=START, severity=Severity.CRITICAL, initial_facts={}, facts={})
PROTECTED = replace(HOME, mode=Mode.PROTECT)


class AlertHistory:
    """A home with its alert events."""

    def __init__(self, settings: Settings) -> None:
        self.state = engine.start(START, settings)
        self.events: list[tuple[Alert | None, EventType]] = []

    def observe(self, observation: Observation, settings: Settings) -> None:
        self.state = step_until(self.state, observation, settings, on_step=self._step)

    def run_freezing(self, settings: Settings) -> None:
        """Observe a setpoint that is too high for the cold; the alert is raised at minute 11."""
        for minutes in (1, 11):
            self.observe(observe_freezing(after(minutes=minutes)), settings)

    def _step(self, step: engine.Step) -> None:
        self.events += [
            (one.alert, one.event_type)
            for one in step.alert_events
            if one.event_type in {EventType.RAISED, EventType.CLEARED}
        ]


def observe_freezing(
    at: datetime,
    *,
    outdoor: float | None = 33.0,
    mode: str | None = "heat",
    setpoint: float | None = 76.0,
) -> Observation:
    """Return an observation near freezing, from temperatures in °F."""
    observation = replace(
        observe_state(OFF, at),
        outdoor=None if outdoor is None else celsius_from_fahrenheit(outdoor),
        outdoor_last_reported=at,
    )
    return replace(
        observation,
        thermostat=Thermostat(
            hvac_mode=mode,
            hvac_action="idle",
            room=21.0,
            setpoint=None if setpoint is None else celsius_from_fahrenheit(setpoint),
        ),
    )


def without_alert(alert: Alert) -> AlertSettings:
    configs = {alert: replace(DEFAULT_CONFIGS[alert], enabled=False)}
    return replace(HOME.alerts, configs=configs)


RAISED, CLEARED = (Alert.NEAR_FREEZING, EventType.RAISED), (Alert.NEAR_FREEZING, EventType.CLEARED)


def test_disabling_an_alert_clears_it_and_enabling_it_raises_it_again() -> None:
    life = AlertHistory(HOME)
    off = replace(HOME, alerts=without_alert(Alert.NEAR_FREEZING))

    life.run_freezing(HOME)
    life.state = engine.with_settings(life.state, off)
    life.observe(observe_freezing(after(minutes=12)), off)
    life.observe(observe_freezing(after(minutes=13)), off)
    assert life.events == [RAISED, CLEARED]
    assert life.state.view.alerts.active == ()

    life.state = engine.with_settings(life.state, HOME)
    for minutes in (14, 24):
        life.observe(observe_freezing(after(minutes=minutes)), HOME)
    assert life.events == [RAISED, CLEARED, RAISED]


def test_disabling_a_pending_alert_drops_it() -> None:
    life = AlertHistory(HOME)
    off = replace(HOME, alerts=without_alert(Alert.MISSING_DATA))
    life.observe(observe_freezing(after(minutes=1), outdoor=None), HOME)
    assert life.state.alerts.states[Alert.MISSING_DATA].pendings

    life.state = engine.with_settings(life.state, off)
    life.observe(observe_freezing(after(minutes=2), outdoor=None), off)

    assert Alert.MISSING_DATA not in life.state.alerts.states
    assert life.events == []


def test_protection_suppresses_the_near_freezing_alert() -> None:
    life = AlertHistory(PROTECTED)
    life.run_freezing(PROTECTED)
    assert life.events == []

    other = AlertHistory(HOME)
    other.run_freezing(HOME)
    other.state = engine.with_settings(other.state, PROTECTED)
    other.observe(observe_freezing(after(minutes=12)), PROTECTED)
    assert other.events == [RAISED, CLEARED]


def test_turning_the_thermostat_off_clears_near_freezing() -> None:
    life = AlertHistory(HOME)
    life.run_freezing(HOME)

    life.observe(observe_freezing(after(minutes=12), mode="off", setpoint=None), HOME)

    assert life.events == [RAISED, CLEARED]


def test_an_unavailable_thermostat_does_not_clear_near_freezing() -> None:
    life = AlertHistory(HOME)
    life.run_freezing(HOME)

    life.observe(observe_freezing(after(minutes=12), mode=None, setpoint=None), HOME)
    assert life.events == [RAISED]

    never = AlertHistory(HOME)
    for minutes in (1, 60):
        never.observe(observe_freezing(after(minutes=minutes), mode=None, setpoint=None), HOME)
    assert never.events == []


def test_a_missing_forecast_does_not_clear_a_cold_snap() -> None:
    life = AlertHistory(FORECAST)
    hours = tuple(
        (after(hours=hour), celsius_from_fahrenheit(20 if hour > 6 else 40)) for hour in range(24)
    )
    observation = replace(
        observe_freezing(after(minutes=1), outdoor=45, setpoint=68), forecast=Forecast(hours)
    )
    life.observe(observation, FORECAST)
    assert life.events == [(Alert.COLD_SNAP, EventType.RAISED)]

    life.observe(replace(observation, at=after(minutes=2), forecast=NO_FORECAST), FORECAST)
    assert len(life.events) == 1

    warm = Forecast(tuple((at, celsius_from_fahrenheit(40)) for at, _ in hours))
    life.observe(replace(observation, at=after(minutes=3), forecast=warm), FORECAST)
    assert life.events[1:] == [(Alert.COLD_SNAP, EventType.CLEARED)]


def test_missing_data_does_not_clear_near_freezing() -> None:
    life = AlertHistory(FORECAST)
    life.run_freezing(FORECAST)

    life.observe(observe_freezing(after(minutes=12), outdoor=None), FORECAST)

    assert life.events == [RAISED]


def test_outdated_pending_triggers_are_dropped_at_restart() -> None:
    odd = Alerts(
        {Alert.OVERRUN: AlertState(pendings=(Pending(START), Pending(START)), needs_rearm=True)}
    )

    assert odd.after_restart().states[Alert.OVERRUN] == AlertState(needs_rearm=True)


def test_emergency_heat_counts_from_its_start_across_a_restart() -> None:
    waiting = Alerts(
        {Alert.EMERGENCY_LEFT_ON: AlertState(pendings=(Pending(START), Pending(START)))}
    )

    assert waiting.after_restart().states[Alert.EMERGENCY_LEFT_ON].pendings == (
        Pending(START),
        Pending(),
    )


def test_a_healthy_home_stores_no_alert_state() -> None:
    life = AlertHistory(HOME)
    for minutes in range(1, 200):
        life.observe(observe_freezing(after(minutes=minutes), outdoor=45, setpoint=70), HOME)

    assert life.events == []
    assert life.state.alerts.states == {}
    assert life.state.wake_at <= after(minutes=199) + timedelta(hours=1)


def test_a_clock_that_was_ahead_does_not_delay_reminders() -> None:
    notified_at: list[datetime] = []
    life = AlertHistory(CRITICAL)
    for minutes in (1, 30 * 24 * 60, 30 * 24 * 60 + 61):
        life.observe(observe_freezing(after(minutes=minutes)), CRITICAL)
    state = life.state
    for minutes in range(2, 180):
        step = engine.step(state, observe_freezing(after(minutes=minutes)), CRITICAL)
        state = step.state
        notified_at += [
            after(minutes=minutes)
            for one in step.alert_events
            if one.event_type is EventType.REMINDED
        ]

    assert [at - notified_at[0] for at in notified_at] == [
        timedelta(hours=hour) for hour in range(len(notified_at))
    ]
    assert len(notified_at) == 2


def test_expired_snoozes_and_notifications_are_forgotten() -> None:
    # The driver repeats the first weather report, which is stale by then.
    home = replace(HOME, alerts=without_alert(Alert.MISSING_DATA))
    life = AlertHistory(home)
    life.run_freezing(home)
    life.observe(observe_freezing(after(minutes=12), outdoor=45, setpoint=70), home)
    life.state = engine.with_alerts(
        life.state, life.state.alerts.with_snooze(frozenset(Alert), after(hours=1))
    )
    life.observe(observe_freezing(after(minutes=30), outdoor=45, setpoint=70), home)
    assert life.state.view.alerts.snoozes == dict.fromkeys(Alert, after(hours=1))
    assert life.state.alerts.states[Alert.NEAR_FREEZING].last_notified_at == after(minutes=11)

    for hours in range(1, 26):
        life.observe(observe_freezing(after(hours=hours, minutes=1), outdoor=45, setpoint=70), home)
    assert life.state.alerts.states == {}
    assert life.state.view.alerts.snoozes == {}


def test_snoozing_all_alerts_does_not_snooze_critical_ones() -> None:
    calm = Alerts()
    raised = Alerts({Alert.STRIPS_WITHOUT_CALL: AlertState(episode=EPISODE)})

    assert calm.snooze_targets(DEFAULT_ALERTS) == frozenset(Alert) - {Alert.STRIPS_WITHOUT_CALL}
    assert raised.snooze_targets(DEFAULT_ALERTS) == frozenset(Alert)


ESTIMATE = replace(HOME, signals=(InferenceSignal(),))


def run_on_estimates(minutes: int, outdoor: float = 30) -> list[AlertEvent]:
    """Observe a call for heat in a cold room, so that aux heat is estimated from minute 11 on."""
    cold = Thermostat(
        hvac_mode="heat",
        hvac_action="heating",
        room=celsius_from_fahrenheit(64),
        setpoint=celsius_from_fahrenheit(70),
    )
    happenings: list[AlertEvent] = []
    state = engine.start(START, ESTIMATE)
    for minute in range(1, minutes, 30):
        at = after(minutes=minute)
        observation = Observation(
            at=at,
            readings=(None,),
            thermostat=cold,
            outdoor=celsius_from_fahrenheit(outdoor),
            outdoor_last_reported=at,
        )
        state = step_until(
            state, observation, ESTIMATE, on_step=lambda step: happenings.extend(step.alert_events)
        )
    return happenings


def test_an_alert_from_an_estimate_is_marked_as_estimated() -> None:
    certain = {
        one.alert: one.facts.get(CERTAINTY)
        for one in run_on_estimates(220)
        if one.event_type is EventType.RAISED
    }

    assert certain == {
        Alert.LONG_RUN: ESTIMATED,
        Alert.OVERRUN: ESTIMATED,
        Alert.NOT_CATCHING_UP: None,
    }


def test_a_summary_from_estimates_is_marked_as_estimated() -> None:
    summaries = [
        one.facts.get(CERTAINTY)
        for one in run_on_estimates(24 * 60, outdoor=20)
        if one.event_type is EventType.SUMMARY
    ]

    assert summaries == [ESTIMATED]


def test_emergency_heat_in_mild_weather_is_unknown_without_an_outdoor_temperature() -> None:
    chosen = OnOffSignal(Source("switch.emergency_heat"), role=Role.EMERGENCY)
    settings = replace(HOME, signals=(chosen,))
    life = AlertHistory(settings)
    mild = Observation(
        at=after(minutes=1),
        readings=("on",),
        thermostat=Thermostat(hvac_mode="heat", hvac_action="idle", room=21.0, setpoint=21.0),
        outdoor=15.0,
        outdoor_last_reported=after(minutes=1),
    )

    life.observe(mild, settings)
    assert [
        pending.since for pending in life.state.alerts.states[Alert.EMERGENCY_LEFT_ON].pendings
    ] == [after(minutes=1)] * 2
    life.observe(
        replace(mild, at=after(minutes=5), outdoor=None, outdoor_last_reported=None), settings
    )
    assert life.state.alerts.states[Alert.EMERGENCY_LEFT_ON].pendings[1] == Pending(
        after(minutes=1), after(minutes=5)
    )
