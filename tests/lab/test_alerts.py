"""A sound home raises no fault alert, in any variant and with any set of signals."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import pi, sin

import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.alerts.events import EventType
from custom_components.aux_heat_guard.core.model import (
    Alert,
    Mode,
    Observation,
    Quality,
    Role,
    Source,
    Thermostat,
)
from custom_components.aux_heat_guard.core.sense.kinds import InferenceSignal, OnOffSignal
from custom_components.aux_heat_guard.core.settings.guard import Settings
from custom_components.aux_heat_guard.core.settings.signal import Signal
from lab import home as homes
from lab.heat_pump import Faults
from lab.home import Inputs
from lab.policies import Policy, ScheduledSetpoint
from lab.thermostat import Mode as HeatingMode
from lab.thermostat import Order
from lab.trial import MINUTES_PER_DAY, TrialMinute, simulate_minutes
from lab.units import S_PER_MIN, celsius, fahrenheit
from lab.variants import BASE, VARIANTS, Variant
from lab.winter import Winter

MINUTE = timedelta(minutes=1)
FAULTS = {
    Alert.MILD_WEATHER,
    Alert.NOT_HEATING,
    Alert.NOT_CATCHING_UP,
    Alert.EMERGENCY_LEFT_ON,
    Alert.STRIPS_WITHOUT_CALL,
    Alert.SHORT_CYCLING,
    Alert.UNDERSIZED,
    Alert.MISSING_DATA,
}
STRIPS = OnOffSignal(Source("binary_sensor.strips"))
COMPRESSOR = OnOffSignal(Source("binary_sensor.compressor"), role=Role.COMPRESSOR)
REPORTED = OnOffSignal(Source("climate.hallway", "aux"), quality=Quality.REPORTED)


@dataclass(frozen=True)
class VisibleSignals:
    """The signals that report the state of a home."""

    signals: tuple[Signal, ...] = (STRIPS, COMPRESSOR)
    has_action: bool = True
    has_room: bool = True

    def settings(self, variant: Variant) -> Settings:
        return replace(
            variant.settings, signals=self.signals, mode=Mode.MONITOR, has_forecast=False
        )

    def observe(self, moment: TrialMinute, outdoor_c: float) -> Observation:
        running = moment.state.running
        shown: dict[Signal, bool] = {
            STRIPS: running.strips,
            REPORTED: running.strips,
            COMPRESSOR: running.compressor,
        }
        heats = running.compressor or running.strips
        action = ("heating" if heats else "idle") if self.has_action else None
        room = celsius(round(fahrenheit(moment.state.room_c), 1)) if self.has_room else None
        return Observation(
            at=moment.at,
            readings=tuple(
                None if signal not in shown else "on" if shown[signal] else "off"
                for signal in self.signals
            ),
            thermostat=Thermostat(
                hvac_mode="heat",
                hvac_action=action,
                room=room,
                setpoint=moment.setpoint_c,
                last_reported=moment.at,
            ),
            outdoor=celsius(round(fahrenheit(outdoor_c))),
            outdoor_last_reported=moment.at,
        )


VISIBLE_SIGNALS: Mapping[str, VisibleSignals] = {
    "all of it": VisibleSignals(),
    "no action": VisibleSignals(has_action=False),
    "no room": VisibleSignals(has_room=False),
    "neither": VisibleSignals(has_action=False, has_room=False),
    "strips as reported": VisibleSignals((REPORTED, COMPRESSOR)),
    "strips only": VisibleSignals((STRIPS,)),
    "an estimate": VisibleSignals((InferenceSignal(),)),
}


def winter(days: int) -> Winter:
    """Return days from 55 °F down to 5 °F and up again, each with a swing of 16 °F."""
    hours = range(24 * days)
    mean_f = [30 + 17 * sin(2 * pi * (hour / (24 * days) + 0.25)) for hour in hours]
    outdoor = tuple(
        celsius(mean + 8 * sin(2 * pi * (hour - 9) / 24))
        for hour, mean in zip(hours, mean_f, strict=True)
    )
    sun = tuple(max(400 * sin(2 * pi * (hour - 6) / 24), 0.0) for hour in hours)
    return Winter(begin=datetime(2026, 11, 1, tzinfo=UTC), outdoor_c=outdoor, sun_w_per_m2=sun)


class FaultWatcher:
    """Observes a home minute by minute, and records each alert of a fault."""

    def __init__(self, sight: VisibleSignals, variant: Variant, weather: Winter) -> None:
        self._sight = sight
        self._weather = weather
        self._settings = sight.settings(variant)
        self._state = engine.start(weather.begin, self._settings)
        self.raised: list[tuple[Alert, datetime]] = []

    def watch(self, moment: TrialMinute) -> None:
        outdoor_c = self._weather.outdoor_at(round((moment.at - self._weather.begin) / MINUTE))
        step = engine.step(self._state, self._sight.observe(moment, outdoor_c), self._settings)
        self._state = step.state
        self.raised += [
            (one.alert, moment.at)
            for one in step.alert_events
            if one.event_type is EventType.RAISED and one.alert is not None and one.alert in FAULTS
        ]


def list_raised_alerts(
    variant: Variant, weather: Winter, policy: Policy, sights: Iterable[str]
) -> dict[str, list[tuple[Alert, datetime]]]:
    """Return the alerts of a winter for each set of signals."""
    watchers = {name: FaultWatcher(VISIBLE_SIGNALS[name], variant, weather) for name in sights}
    for moment in simulate_minutes(variant.trial(weather), policy):
        for watcher in watchers.values():
            watcher.watch(moment)
    return {name: watcher.raised for name, watcher in watchers.items() if watcher.raised}


@pytest.mark.parametrize("name", VARIANTS)
def test_a_sound_home_raises_no_fault(name: str) -> None:
    variant, weather = VARIANTS[name], winter(4)

    assert (
        list_raised_alerts(
            variant,
            weather,
            ScheduledSetpoint(variant.schedule),
            ("all of it", "neither", "an estimate"),
        )
        == {}
    )


@pytest.mark.thorough
@pytest.mark.parametrize("name", VARIANTS)
def test_a_sound_home_raises_no_fault_in_a_long_winter_under_any_policy(name: str) -> None:
    variant, weather = VARIANTS[name], winter(12)

    assert (
        list_raised_alerts(variant, weather, ScheduledSetpoint(variant.schedule), VISIBLE_SIGNALS)
        == {}
    )
    assert (
        list_raised_alerts(
            variant, weather, variant.guard(weather, polled_every=3), VISIBLE_SIGNALS
        )
        == {}
    )


@pytest.mark.parametrize("name", ["all of it", "no action", "no room", "neither"])
def test_a_dead_compressor_raises_an_alert_within_a_day(name: str) -> None:
    variant, weather = VARIANTS[BASE], winter(4)
    watcher = FaultWatcher(VISIBLE_SIGNALS[name], variant, weather)
    broken, state = (
        weather.instant_at(2 * MINUTES_PER_DAY),
        homes.resting_home(variant.schedule.comfort_c),
    )
    for minute in range(weather.minutes):
        at = weather.instant_at(minute)
        order = Order(HeatingMode.HEAT, variant.schedule.comfort_c)
        inputs = Inputs(
            order=order,
            outdoor_c=weather.outdoor_at(minute),
            sun_w_per_m2=weather.sun_at(minute),
            faults=Faults(compressor_dead=at >= broken),
        )
        state = homes.step(variant.home, state, inputs, S_PER_MIN)
        watcher.watch(
            TrialMinute(at=at, setpoint_c=order.setpoint_c, is_written=False, state=state)
        )
    alerts = dict(watcher.raised)

    assert set(alerts) == {Alert.NOT_HEATING}
    assert timedelta(0) < alerts[Alert.NOT_HEATING] - broken < timedelta(hours=24)
