"""Every word that is shown exists, and every word that exists is shown."""

from itertools import chain
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import translation
from homeassistant.helpers.service import _SERVICES_SCHEMA
from homeassistant.util.yaml import load_yaml_dict
import probatio as vol
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

import custom_components.aux_heat_guard as integration
from custom_components.aux_heat_guard import config_flow, flow_energy, flow_schemas
from custom_components.aux_heat_guard.binary_sensor import AUX_HEAT, EMERGENCY_HEAT
from custom_components.aux_heat_guard.climate import THERMOSTAT
from custom_components.aux_heat_guard.const import DOMAIN
from custom_components.aux_heat_guard.core.account.report import Resolution
from custom_components.aux_heat_guard.core.model import Equipment, HeatState, Role
from custom_components.aux_heat_guard.core.settings import EnergyFrom
from custom_components.aux_heat_guard.energy_answers import SWITCHED
from custom_components.aux_heat_guard.energy_options import Pump
from custom_components.aux_heat_guard.options import TIMINGS
from custom_components.aux_heat_guard.sensor_descriptions import COSTS, ENERGIES, RUNTIME_SEASON, SENSORS
from custom_components.aux_heat_guard.services import FORMATS, GET_REPORT, GET_REPORT_SCHEMA, REBUILD_HISTORY, REBUILD_HISTORY_SCHEMA

FOLDER = Path(integration.__file__).parent
ENGLISH = json.loads((FOLDER / "translations/en.json").read_text())
ICONS = json.loads((FOLDER / "icons.json").read_text())
SOURCE = "\n".join(path.read_text() for path in FOLDER.glob("*.py"))

SETUP_STEPS = {
    "user": {"thermostat"},
    "reconfigure": {"thermostat"},
    "evidence": {"signals", "estimate", "add_sign"},
    "sign_entity": {"entity_id", "role"},
    "sign": {"reads", "kind"},
    "sign_words": {"values"},
    "sign_level": {"on_above", "off_below"},
    "outdoor": {"outdoor", "outdoor_other"},
    "equipment": {"equipment", "strips_kw", "name"},
}
OPTION_STEPS = {
    **{step: fields - {"name"} for step, fields in SETUP_STEPS.items() if step not in {"user", "reconfigure"}},
    "init": set(),
    "energy": {"energy", "price", "pump"},
    "energy_power": {"entity_id"},
    "energy_meter": {"entity_id"},
    "price_fixed": {"price"},
    "price_entity": {"entity_id"},
    "price_tariff": {"entity_id"},
    "tariff_prices": set(SWITCHED),
    "pump_points": {"points"},
    "season": {"season_start_month"},
    "timing": set(TIMINGS),
}


@pytest.mark.parametrize(("flow", "steps"), [("config", SETUP_STEPS), ("options", OPTION_STEPS)])
def test_each_field_of_each_step_has_a_name_and_a_description(flow: str, steps: dict[str, set[str]]) -> None:
    words = ENGLISH[flow]["step"]
    assert set(words) == set(steps)
    for step, fields in steps.items():
        assert set(words[step].get("data", {})) == fields, step
        assert set(words[step].get("data_description", {})) == fields, step
        assert words[step]["title"]


def test_the_steps_are_those_of_the_flows() -> None:
    steps = re.compile(r"async_step_(\w+)")
    for flow, handler in (("config", config_flow.AuxHeatGuardConfigFlow), ("options", config_flow.AuxHeatGuardOptionsFlow)):
        own = {match[1] for name in dir(handler) if (match := steps.fullmatch(name))}
        assert set(ENGLISH[flow]["step"]) == own & (set(SETUP_STEPS) | set(OPTION_STEPS)), flow


def test_the_choices() -> None:
    choices = {key: set(value["options"]) for key, value in ENGLISH["selector"].items()}
    assert choices == {
        "equipment": {kind.value for kind in Equipment},
        "role": {role.value for role in Role},
        "kind": set(flow_schemas.SIGN_KINDS),
        "energy_from": {kind.value for kind in EnergyFrom},
        "price_from": set(flow_energy.PRICES_FROM),
        "pump_from": {kind.value for kind in Pump},
        "month": set(flow_energy.MONTHS),
        "resolution": {resolution.value for resolution in Resolution},
        "report_format": set(FORMATS),
    }


def test_each_error_is_raised_somewhere_and_each_raised_one_has_words() -> None:
    problems = {"cannot_heat", "guards_itself", "no_setpoint", "not_available", "not_found"}
    asked = {"no_evidence", "no_words", "not_understood", "off_over_on", "estimate_needs_outdoor"}
    energy = {"no_tariffs", "not_a_price", "not_energy", "not_power", "other_currency", "points_not_understood", "points_out_of_range"}
    assert set(ENGLISH["config"]["error"]) == problems | asked
    assert set(ENGLISH["options"]["error"]) == asked | energy | {"guards_itself", "not_found"}
    assert set(ENGLISH["issues"]["source_missing"]["fix_flow"]["error"]) == problems | {"already_guarded"}
    for word in (*problems, *asked, *energy, "already_guarded", *ENGLISH["config"]["abort"], *ENGLISH["exceptions"]):
        assert f'"{word}"' in SOURCE or word == "reconfigure_successful", word


def test_each_entity_has_a_name_and_an_icon() -> None:
    sensors = {description.translation_key for description in (*SENSORS, RUNTIME_SEASON, *ENERGIES, *COSTS)}
    assert set(ENGLISH["entity"]["sensor"]) == sensors == set(ICONS["entity"]["sensor"])
    binary = {AUX_HEAT.translation_key, EMERGENCY_HEAT.translation_key}
    assert set(ENGLISH["entity"]["binary_sensor"]) == binary == set(ICONS["entity"]["binary_sensor"])
    assert set(ICONS["entity"]["climate"]) == {THERMOSTAT.translation_key}
    assert set(ENGLISH["entity"]["sensor"]["heat_source"]["state"]) == {state.value for state in HeatState}


def test_each_action_and_each_of_its_fields_has_a_name_and_a_description() -> None:
    schemas = {GET_REPORT: GET_REPORT_SCHEMA, REBUILD_HISTORY: REBUILD_HISTORY_SCHEMA}
    described = load_yaml_dict(str(FOLDER / "services.yaml"))
    _SERVICES_SCHEMA(described)
    assert set(ENGLISH["services"]) == set(ICONS["services"]) == set(described) == set(schemas)
    for action, schema in schemas.items():
        words = ENGLISH["services"][action]
        fields = {str(field) for field in schema.schema}
        assert set(words["fields"]) == set(described[action]["fields"]) == fields
        assert all(text["name"] and text["description"] for text in chain([words], words["fields"].values()))
        defaults = {str(field): field.default() for field in schema.schema if not isinstance(field.default, vol.Undefined)}
        assert {key: field["default"] for key, field in described[action]["fields"].items() if "default" in field} == defaults


def test_the_choices_of_the_actions_are_those_that_are_understood() -> None:
    fields = load_yaml_dict(str(FOLDER / "services.yaml"))[GET_REPORT]["fields"]
    for field, known in (("resolution", list(Resolution)), ("format", list(FORMATS))):
        assert fields[field]["selector"]["select"]["options"] == known
        assert fields[field]["selector"]["select"]["translation_key"] in ENGLISH["selector"]


def test_what_the_words_leave_open_is_filled_in() -> None:
    known = {"currency", "example", "highest", "lowest", "strips_kw", "unit", "entity", "name", "files", "days", "problem"}
    assert set(re.findall(r"\{(\w+)\}", json.dumps(ENGLISH))) <= known
    assert all(f'"{word}"' in SOURCE or f"{word}=" in SOURCE for word in known)


def test_nothing_refers_to_words_elsewhere() -> None:
    assert "[%key:" not in json.dumps(ENGLISH)
    assert not (FOLDER / "strings.json").exists()


async def test_home_assistant_reads_the_words(hass: HomeAssistant, guard: MockConfigEntry) -> None:
    for category in ("config", "options", "entity", "issues", "exceptions", "selector", "services"):
        words = await translation.async_get_translations(hass, "en", category, {DOMAIN})
        assert words, category
    names = {entry.original_name for entry in er.async_entries_for_config_entry(er.async_get(hass), guard.entry_id)}
    assert {"AUX heat", "AUX runtime today", "Heat source", "Last AUX run"} <= names


def test_names_are_short() -> None:
    names: dict[str, Any] = {**ENGLISH["entity"]["sensor"], **ENGLISH["entity"]["binary_sensor"]}
    assert max(len(words["name"]) for words in names.values()) <= 24
