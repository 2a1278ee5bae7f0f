"""Defaults lie in their ranges and are the documented ones."""

import math

import pytest

from custom_components.aux_heat_guard.core.alerts.rules import RULES
from custom_components.aux_heat_guard.core.model import Alert, Source
from custom_components.aux_heat_guard.core.sense.kinds import (
    OnOffSignal,
    ThresholdSignal,
    counter,
    inference,
)
from custom_components.aux_heat_guard.core.settings import alerts as alert_settings
from custom_components.aux_heat_guard.core.settings import guard as settings
from custom_components.aux_heat_guard.core.settings import signal as signal_settings
from custom_components.aux_heat_guard.core.settings.guard import Settings
from custom_components.aux_heat_guard.core.settings.signal import Timing
from custom_components.aux_heat_guard.core.units import NumberSpec

FIGURES = {
    f"{alert} {name}": number
    for alert, rule in RULES.items()
    for name, number in rule.thresholds.items()
}
NUMBERS = {
    name: value
    for module in (settings, signal_settings, counter, inference, alert_settings)
    for name, value in vars(module).items()
    if isinstance(value, NumberSpec)
} | FIGURES


@pytest.mark.parametrize("name", NUMBERS)
def test_defaults_lie_in_their_range_and_have_a_reason(name: str) -> None:
    number = NUMBERS[name]

    assert number.minimum <= number.default <= number.maximum
    assert number.step > 0
    assert number.reason.endswith(".")
    steps = (number.default - number.minimum) / number.step
    assert math.isclose(steps, round(steps), abs_tol=1e-6), "the default can be set by hand"


def test_default_delays_are_none_for_reports_and_20_seconds_for_power() -> None:
    source = Source("sensor.any")
    power = ThresholdSignal(
        source, on_above=settings.POWER_ON.default, off_below=settings.POWER_OFF.default
    )

    assert OnOffSignal(source).timing == Timing()
    assert Timing().on_delay.total_seconds() == Timing().off_delay.total_seconds() == 0
    assert power.timing.on_delay.total_seconds() == power.timing.off_delay.total_seconds() == 20
    assert power.off_below < power.on_above


def test_without_signals_nothing_is_assumed() -> None:
    assert Settings().signals == ()


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (Source("sensor.a"), "sensor.a"),
        (Source("climate.a", "equipment_running"), "climate.a equipment_running"),
    ],
)
def test_a_source_says_its_name(source: Source, text: str) -> None:
    assert str(source) == text


def test_every_alert_has_a_rule_in_the_order_of_the_alerts() -> None:
    assert list(RULES) == list(Alert)
    assert all(rule.thresholds for rule in RULES.values())
