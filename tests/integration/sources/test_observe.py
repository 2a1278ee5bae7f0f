"""Changes of a source that lead to an observation, and changes that do not."""

from datetime import UTC
from typing import Any

from homeassistant.core import State
import pytest

from custom_components.aux_heat_guard.core.sense.kinds import ThresholdSignal
from custom_components.aux_heat_guard.options.guard import read_guard_config
from custom_components.aux_heat_guard.sources.observe import is_unchanged, relevant_attributes
from tests.integration.home import ATTRIBUTES, THERMOSTAT

METER = "sensor.strips_power"
SIGNALS = [
    {
        "kind": "token",
        "role": "aux",
        "quality": "reported",
        "entity_id": THERMOSTAT,
        "attribute": "equipment_running",
        "values": ["auxHeat1"],
    },
    {
        "kind": "on_off",
        "role": "aux",
        "quality": "reported",
        "entity_id": "switch.air_handler",
        "attribute": "strips",
    },
]
GUARDED = read_guard_config(
    {
        "thermostat": THERMOSTAT,
        "signals": SIGNALS,
        "outdoor": {"entity_id": "weather.home", "attribute": None},
        "equipment": "strips",
        "energy": {"kind": "power", "entity_id": METER, "attribute": None},
        "price": {"kind": "entity", "entity_id": "sensor.price"},
    },
    UTC,
)
WATCHED_ATTRIBUTES = relevant_attributes(GUARDED)


@pytest.mark.parametrize(
    ("entity_id", "change"),
    [
        (THERMOSTAT, {"current_temperature": 69}),
        (THERMOSTAT, {"temperature": 69}),
        (THERMOSTAT, {"hvac_action": "heating"}),
        (THERMOSTAT, {"equipment_running": "auxHeat1"}),
        (THERMOSTAT, {"fan_mode": "auto"}),
        ("switch.air_handler", {"strips": "on"}),
        ("weather.home", {"temperature": 3}),
        ("weather.home", {"temperature_unit": "°C"}),
        (METER, {"unit_of_measurement": "kW"}),
        ("sensor.price", {"unit_of_measurement": "ct/kWh"}),
    ],
)
def test_watched_attributes_matter(entity_id: str, change: dict[str, Any]) -> None:
    before = State(entity_id, "heat", ATTRIBUTES)
    now = State(entity_id, "heat", {**ATTRIBUTES, **change})
    assert not is_unchanged(before, now, WATCHED_ATTRIBUTES[entity_id])
    assert is_unchanged(now, now, WATCHED_ATTRIBUTES[entity_id])


@pytest.mark.parametrize("entity_id", sorted(GUARDED.watched))
def test_unwatched_attributes_do_not_matter(entity_id: str) -> None:
    before = State(entity_id, "heat", ATTRIBUTES)
    now = State(
        entity_id, "heat", {**ATTRIBUTES, "signal_strength": -50, "friendly_name": "Upstairs"}
    )
    assert is_unchanged(before, now, WATCHED_ATTRIBUTES[entity_id])


@pytest.mark.parametrize("entity_id", sorted(GUARDED.watched))
def test_a_state_always_matters(entity_id: str) -> None:
    before, now = State(entity_id, "on"), State(entity_id, "unavailable")
    assert not is_unchanged(before, now, WATCHED_ATTRIBUTES[entity_id])
    assert not is_unchanged(None, now, WATCHED_ATTRIBUTES[entity_id])
    assert not is_unchanged(before, None, WATCHED_ATTRIBUTES[entity_id])


@pytest.mark.parametrize(
    ("equipment", "strips_kw", "role", "unit", "elements"),
    [
        ("strips", 10, "aux", "W", 2),
        ("strips", 20, "aux", "kW", 4),
        ("strips", 3, "aux", "W", 1),
        ("strips", 0, "aux", "W", 0),
        ("furnace", 10, "aux", "W", 0),
        ("strips", 10, "compressor", "W", 0),
        ("strips", 10, "aux", "%", 0),
        ("strips", 10, "aux", None, 0),
    ],
)
def test_a_strips_meter_knows_its_element_count(
    equipment: str, strips_kw: float, role: str, unit: str | None, elements: int
) -> None:
    meter = {
        "kind": "threshold",
        "role": role,
        "quality": "measured",
        "entity_id": METER,
        "on_above": 1000,
        "off_below": 500,
        "unit": unit,
    }
    options = {
        "thermostat": THERMOSTAT,
        "signals": [meter],
        "outdoor": None,
        "equipment": equipment,
        "strips_kw": strips_kw,
    }

    (signal,) = read_guard_config(options, UTC).settings.signals
    assert isinstance(signal, ThresholdSignal)
    assert signal.element_count == elements
