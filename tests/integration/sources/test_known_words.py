"""A word without a known meaning is unknown, not off."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.aux_heat_guard.core.model import Role
from tests.integration.home import THERMOSTAT, add_guard, set_thermostat

PRESETS = {"preset_modes": ["none", "Home", "Auxiliary"]}
LISTED = {"options": ["Idle", "Heating", "Aux Heating", "Pending Heat"]}


def sign(
    entity_id: str, *values: str, attribute: str | None = None, role: Role = Role.AUX
) -> dict[str, Any]:
    return {
        "kind": "equals",
        "role": role.value,
        "quality": "reported",
        "entity_id": entity_id,
        "attribute": attribute,
        "values": list(values),
        "others": [],
    }


def evidence_states(guard: MockConfigEntry) -> set[bool | None]:
    return {evidence.is_on for evidence in guard.runtime_data.data.evidence}


@pytest.mark.parametrize(
    ("attribute", "word", "is_on"),
    [
        ("system_mode", "heat", False),
        ("system_mode", "emergency_heating", True),
        ("system_mode", "[4]/heat", False),
        ("system_mode", "[5]/heat", True),
        ("system_mode", "[10]/heat", None),
        ("heat_level_source_type", "cooling", False),
        ("heat_level_source_type", "auxHeating", True),
        ("heat_level_source_type", "solar", None),
        ("preset_mode", "home", False),
        ("preset_mode", "none", False),
        ("preset_mode", "Auxiliary", True),
        ("preset_mode", "Energy heat", None),
    ],
)
async def test_an_unlisted_thermostat_value_is_unknown(
    hass: HomeAssistant, attribute: str, word: str, is_on: bool | None
) -> None:
    attributes = {**PRESETS, attribute: word} if attribute == "preset_mode" else {attribute: word}
    set_thermostat(hass, equipment_running=..., hvac_action="heating", **attributes)

    assert evidence_states(await add_guard(hass)) == {is_on}


async def test_a_later_emergency_mode_is_not_taken_for_another_mode(
    hass: HomeAssistant,
) -> None:
    set_thermostat(hass, hvac_action="heating", system_mode="[5]/heat")
    signal = sign(THERMOSTAT, "emergency_heating", attribute="system_mode", role=Role.EMERGENCY)

    assert evidence_states(await add_guard(hass, signals=[signal])) == {None}


@pytest.mark.parametrize(
    ("entity_id", "attributes", "word", "is_on"),
    [
        ("sensor.operating_state", LISTED, "Idle", False),
        ("sensor.operating_state", LISTED, "Aux Heating", True),
        ("sensor.operating_state", LISTED, "State 12", None),
        ("select.heat_source", {"options": ["pump", "Aux Heating"]}, "Pump", False),
        ("select.heat_source", {"options": ["pump", "Aux Heating"]}, "boiler", None),
        ("select.heat_source", {"options": []}, "pump", False),
        ("climate.upstairs", {"hvac_modes": ["off", "heat"]}, "heat", False),
        ("climate.upstairs", {"hvac_modes": ["off", "heat"]}, "eheat", None),
    ],
)
async def test_an_unlisted_entity_state_is_unknown(
    hass: HomeAssistant, entity_id: str, attributes: dict[str, Any], word: str, is_on: bool | None
) -> None:
    set_thermostat(hass)
    hass.states.async_set(entity_id, word, attributes)

    assert evidence_states(await add_guard(hass, signals=[sign(entity_id, "Aux Heating")])) == {
        is_on
    }


async def test_a_late_entity_is_read_by_its_own_list(hass: HomeAssistant) -> None:
    set_thermostat(hass)

    assert evidence_states(
        await add_guard(hass, signals=[sign("select.heat_source", "Aux Heating")])
    ) == {None}
