"""Options that were edited to invalid values result in one clear error, never in a traceback."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryError
from hypothesis import given, settings
from hypothesis import strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.aux_heat_guard.const import DOMAIN
from custom_components.aux_heat_guard.options.guard import OptionsError, read_guard_config
from tests.core.persistence.test_history import GARBAGE, node_paths, with_node, without_node
from tests.integration.home import THERMOSTAT, add_guard, set_thermostat

SIGN = {"role": "aux", "quality": "measured", "entity_id": "sensor.w2", "attribute": None}
OPTIONS: dict[str, Any] = {
    "thermostat": THERMOSTAT,
    "signals": [
        {**SIGN, "kind": "token", "values": ["auxHeat1"], "others": ["fan"]},
        {**SIGN, "kind": "equals", "values": ["on"]},
        {**SIGN, "kind": "on_off"},
        {**SIGN, "kind": "threshold", "on_above": 1000, "off_below": 500, "unit": "W"},
        {**SIGN, "kind": "counter"},
        {"kind": "inference", "role": "aux", "quality": "inferred"},
    ],
    "outdoor": {"entity_id": "weather.home", "attribute": "temperature"},
    "equipment": "strips",
    "timing": {"reported_confirm": 0, "power_confirm": 20},
    "energy": {"kind": "power", "entity_id": "sensor.w", "attribute": None},
    "strips_kw": 10,
    "price": {"kind": "tariff", "entity_id": "select.tariff", "prices": {"day": 0.1}},
    "pump": {"kind": "own", "points": [[-10, 2], [10, 4]]},
    "season_start_month": 7,
    "alerts": {"overrun": {"enabled": True, "severity": "warning", "budget": 3}},
    "balance_point": -4,
    "quiet": {"start": "22:00:00", "end": "07:00:00"},
    "forecast": "weather.home",
    "notify": {
        "persistent": True,
        "phones": ["me"],
        "entities": ["notify.me"],
        "actions": [{"action": "x.y"}],
    },
    "protection": {
        "mode": "monitor",
        "schedule": "schedule.x",
        "leash": 1,
        "furnace_on": True,
        "furnace_entity": "switch.x",
    },
}
BROKEN: list[tuple[str, Any]] = [
    ("thermostat", None),
    ("thermostat", "hallway"),
    ("thermostat", ["climate.hallway"]),
    ("signals", None),
    ("signals", 5),
    ("signals", "aux"),
    ("signals", [None]),
    ("signals", [{"kind": "sixth_sense"}]),
    ("signals", [{**SIGN, "kind": "on_off", "entity_id": 5}]),
    ("signals", [{**SIGN, "kind": "on_off", "role": []}]),
    ("signals", [{**SIGN, "kind": "threshold", "on_above": "much", "off_below": 1}]),
    ("signals", [{**SIGN, "kind": "token", "values": "auxHeat1"}]),
    ("outdoor", "weather.home"),
    ("outdoor", {"entity_id": None}),
    ("equipment", "fireplace"),
    ("equipment", []),
    ("timing", []),
    ("timing", {"power_confirm": "soon"}),
    ("timing", {"power_confirm": 1e300}),
]


def tracebacks(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return logged exceptions, except those that Home Assistant logs for each failed setup."""
    raised = [record.exc_info for record in caplog.records if record.exc_info]
    return [repr(info[1]) for info in raised if not isinstance(info[1], ConfigEntryError)]


async def set_up(hass: HomeAssistant, options: dict[str, Any]) -> MockConfigEntry:
    guard = MockConfigEntry(domain=DOMAIN, title="Hallway AUX Heat Guard", options=options)
    guard.add_to_hass(hass)
    await hass.config_entries.async_setup(guard.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    return guard


def test_valid_options_are_read() -> None:
    assert len(read_guard_config(OPTIONS, UTC).settings.signals) == 6


@pytest.mark.parametrize(("option", "value"), BROKEN)
async def test_the_error_names_the_broken_option(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture, option: str, value: object
) -> None:
    set_thermostat(hass)

    guard = await set_up(hass, {**OPTIONS, option: value})

    assert guard.state is ConfigEntryState.SETUP_ERROR
    assert guard.error_reason_translation_key == "options_unreadable"
    assert guard.error_reason_translation_placeholders == {"name": guard.title, "option": option}
    assert guard.reason is not None
    assert option in guard.reason
    assert await hass.config_entries.async_remove(guard.entry_id)
    await hass.async_block_till_done()
    assert tracebacks(caplog) == []


@pytest.mark.parametrize("option", ["thermostat", "signals", "equipment"])
async def test_the_error_names_a_missing_option(hass: HomeAssistant, option: str) -> None:
    set_thermostat(hass)

    guard = await set_up(hass, {key: value for key, value in OPTIONS.items() if key != option})

    assert guard.error_reason_translation_placeholders == {"name": guard.title, "option": option}


async def test_a_guard_whose_options_are_broken_while_it_runs_says_so(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    set_thermostat(hass)
    guard = await add_guard(hass)

    hass.config_entries.async_update_entry(guard, options={**guard.options, "signals": 5})
    await hass.async_block_till_done(wait_background_tasks=True)

    assert guard.state is ConfigEntryState.SETUP_ERROR
    assert guard.error_reason_translation_key == "options_unreadable"
    assert tracebacks(caplog) == []


def nodes() -> Iterator[tuple[Any, ...]]:
    return (path for path in node_paths(OPTIONS) if path)


@settings(deadline=None, max_examples=500)
@given(path=st.sampled_from(list(nodes())), value=st.just(...) | GARBAGE)
def test_any_broken_option_is_read_or_reported(path: tuple[Any, ...], value: object) -> None:
    broken = (
        without_node(OPTIONS, path) if value is ... else with_node(deepcopy(OPTIONS), path, value)
    )
    try:
        guarded = read_guard_config(broken, UTC)
    except OptionsError as error:
        named = error.option
    else:
        named = path[0]
        assert all(isinstance(entity_id, str) for entity_id in guarded.watched)
    assert named == path[0]


@pytest.mark.parametrize("value", [None, 5, "x", [], {}, [[]], {"entity_id": 5}], ids=str)
async def test_a_guard_with_any_one_option_broken_runs_or_says_why(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture, value: object
) -> None:
    set_thermostat(hass)
    for option in OPTIONS:
        guard = await set_up(hass, {**OPTIONS, option: value})
        if guard.state is not ConfigEntryState.LOADED:
            assert guard.error_reason_translation_key == "options_unreadable", option
        await hass.config_entries.async_remove(guard.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert tracebacks(caplog) == [], option
