"""A compressor that stands still on a call is reported once the strips have done their share."""

from dataclasses import replace

import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.alerts.rules.not_heating import MIN_STRIPS_SHARE
from custom_components.aux_heat_guard.core.model import Alert, Observation, Thermostat

from ..helpers import START, STRIPS_AND_COMPRESSOR, after

SETTINGS = replace(STRIPS_AND_COMPRESSOR, has_outdoor=True)
MINUTE = 60


def observe_call(seconds: float, strips: str) -> Observation:
    """Return an observation of a call for heat with an idle compressor, in mild weather."""
    at = after(seconds)
    return Observation(
        at=at,
        readings=(strips, "off"),
        thermostat=Thermostat(hvac_mode="heat", hvac_action="heating", room=19.0, setpoint=21.0),
        outdoor=2.0,
        outdoor_last_reported=at,
    )


def test_strips_that_come_on_late_must_do_their_share_first() -> None:
    state = engine.start(START, SETTINGS)
    for minute in range(240):
        state = engine.step(state, observe_call(minute * MINUTE, "off"), SETTINGS).state
    begin = 240.0 * MINUTE
    step = engine.step(state, observe_call(begin, "on"), SETTINGS)
    while not any(event.alert is Alert.NOT_HEATING for event in step.alert_events):
        seconds = (step.wake_at - START).total_seconds()
        assert seconds < begin + 60 * MINUTE
        step = engine.step(step.state, observe_call(seconds, "on"), SETTINGS)

    share = MIN_STRIPS_SHARE * begin / (1 - MIN_STRIPS_SHARE)
    assert seconds == pytest.approx(begin + share, abs=2)
