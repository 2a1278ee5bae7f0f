"""Each kind of evidence decodes its stored options, and knows which values it can read."""

from typing import Any

import pytest

from custom_components.aux_heat_guard.core.model import Quality, Raw, Role, Source
from custom_components.aux_heat_guard.core.sense.kinds import (
    CounterSignal,
    EqualsSignal,
    InferenceSignal,
    OnOffSignal,
    SignalKind,
    ThresholdSignal,
    TokenSignal,
)
from custom_components.aux_heat_guard.core.settings.signal import Signal, Timing

COMMON: dict[str, Any] = {"entity_id": "sensor.strips", "role": "aux", "quality": "measured"}
SOURCE = Source("sensor.strips")
TIMING = Timing()


@pytest.mark.parametrize(
    ("kind", "options", "signal"),
    [
        (
            SignalKind.TOKEN,
            {"attribute": "running", "values": [" AuxHeat1 "], "others": ["Fan"]},
            TokenSignal(
                Source("sensor.strips", "running"),
                frozenset({"auxheat1"}),
                other_tokens=frozenset({"fan"}),
                quality=Quality.MEASURED,
            ),
        ),
        (
            SignalKind.EQUALS,
            {"values": ["emergency"]},
            EqualsSignal(SOURCE, frozenset({"emergency"}), quality=Quality.MEASURED),
        ),
        (SignalKind.ON_OFF, {}, OnOffSignal(SOURCE, quality=Quality.MEASURED)),
        (
            SignalKind.THRESHOLD,
            {"on_above": 1000, "off_below": 500, "unit": "W"},
            ThresholdSignal(SOURCE, 1000.0, 500.0, unit="W", timing=TIMING),
        ),
        (SignalKind.COUNTER, {}, CounterSignal(SOURCE, quality=Quality.MEASURED)),
        (SignalKind.INFERENCE, {}, InferenceSignal()),
    ],
)
def test_a_signal_is_read_from_its_stored_options(
    kind: SignalKind, options: dict[str, Any], signal: Signal
) -> None:
    assert kind.signal.decode({**COMMON, **options}, TIMING) == signal


def test_the_role_is_read_from_the_stored_options() -> None:
    options = {**COMMON, "role": "compressor"}

    assert OnOffSignal.decode(options, TIMING).role is Role.COMPRESSOR


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (SignalKind.TOKEN, {"values": "auxHeat1"}),
        (SignalKind.EQUALS, {"values": ["on"], "attribute": 7}),
        (SignalKind.ON_OFF, {"role": "kettle"}),
        (SignalKind.COUNTER, {"quality": "excellent"}),
        (SignalKind.THRESHOLD, {"on_above": "1000", "off_below": 500}),
        (SignalKind.THRESHOLD, {"on_above": float("nan"), "off_below": 500}),
        (SignalKind.THRESHOLD, {"off_below": 500}),
    ],
)
def test_broken_stored_options_are_refused(kind: SignalKind, changes: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        kind.signal.decode({**COMMON, **changes}, TIMING)


@pytest.mark.parametrize(
    ("kind", "value", "can_read"),
    [
        (SignalKind.TOKEN, "anything", True),
        (SignalKind.EQUALS, "anything", True),
        (SignalKind.ON_OFF, "on", True),
        (SignalKind.ON_OFF, "heating", False),
        (SignalKind.ON_OFF, None, True),
        (SignalKind.THRESHOLD, "12.5", True),
        (SignalKind.THRESHOLD, "on", False),
        (SignalKind.THRESHOLD, "unavailable", True),
        (SignalKind.COUNTER, 90, True),
        (SignalKind.COUNTER, "on", False),
        (SignalKind.COUNTER, "unknown", True),
    ],
)
def test_a_kind_says_which_values_it_can_read(kind: SignalKind, value: Raw, can_read: bool) -> None:
    assert kind.signal.can_read(value) is can_read


def test_only_a_measured_power_depends_on_the_number_of_elements() -> None:
    power, relay = ThresholdSignal(SOURCE, 1000, 500), OnOffSignal(SOURCE)

    assert power.with_element_count(3).element_count == 3
    assert relay.with_element_count(3) is relay


def test_a_relay_has_no_unit() -> None:
    assert OnOffSignal(SOURCE).unit is None
