"""Each displayed text exists, and each text is displayed."""

from collections.abc import Iterator
from itertools import chain
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import translation
from homeassistant.helpers.condition import _CONDITIONS_DESCRIPTION_SCHEMA
from homeassistant.helpers.service import _SERVICES_SCHEMA
from homeassistant.helpers.trigger.descriptions import _TRIGGERS_DESCRIPTION_SCHEMA
from homeassistant.util.yaml import load_yaml_dict
import probatio as vol
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

import custom_components.aux_heat_guard as integration
from custom_components.aux_heat_guard import config_flow
from custom_components.aux_heat_guard.actions.alerts import (
    ACKNOWLEDGE,
    ACKNOWLEDGE_SCHEMA,
    ALLOW_AUX,
    ALLOW_AUX_SCHEMA,
    CLEAR_FILTER,
    SNOOZE_ACTION,
    SNOOZE_SCHEMA,
)
from custom_components.aux_heat_guard.actions.history import (
    FORMATS,
    GET_REPORT,
    GET_REPORT_SCHEMA,
    REBUILD_HISTORY,
    REBUILD_HISTORY_SCHEMA,
)
from custom_components.aux_heat_guard.actions.protection import (
    EXPLAIN,
    EXPLAIN_SCHEMA,
    PLAN_RECOVERY,
    PLAN_RECOVERY_SCHEMA,
)
from custom_components.aux_heat_guard.actions.targets import TARGET_SCHEMA
from custom_components.aux_heat_guard.binary_sensor import AUX_HEAT, EMERGENCY_HEAT, LIMITED
from custom_components.aux_heat_guard.button import BUTTONS
from custom_components.aux_heat_guard.climate import THERMOSTAT
from custom_components.aux_heat_guard.condition import CONDITIONS
from custom_components.aux_heat_guard.const import DOMAIN
from custom_components.aux_heat_guard.core.account.reports import Resolution
from custom_components.aux_heat_guard.core.alerts.rules import RULES
from custom_components.aux_heat_guard.core.model import (
    Alert,
    Cause,
    Equipment,
    HeatState,
    Mode,
    Role,
    Severity,
)
from custom_components.aux_heat_guard.core.protection.decision import REASONS
from custom_components.aux_heat_guard.core.settings.guard import EnergySource
from custom_components.aux_heat_guard.event import CLEARED
from custom_components.aux_heat_guard.flow import energy as flow_energy
from custom_components.aux_heat_guard.flow import schemas as flow_schemas
from custom_components.aux_heat_guard.flow.alerts import field_key
from custom_components.aux_heat_guard.flow.protection import (
    LIMIT_FIGURES,
    SCHEDULE_FIGURES,
)
from custom_components.aux_heat_guard.number import NUMBERS as FIGURE_NUMBERS
from custom_components.aux_heat_guard.options.energy import HeatPumpType
from custom_components.aux_heat_guard.options.guard import TIMING_NUMBERS
from custom_components.aux_heat_guard.options.protection import (
    CONF_MODE,
    CONF_OWN_SCHEDULE,
    CONF_SCHEDULE,
    LIMIT_SWITCHES,
)
from custom_components.aux_heat_guard.publish.events import SetpointChange
from custom_components.aux_heat_guard.publish.replies import VERBS
from custom_components.aux_heat_guard.reporting.messages import SUMMARY
from custom_components.aux_heat_guard.sensor_descriptions import (
    COST_SENSORS,
    ENERGY_SENSORS,
    PROTECTION_SENSORS,
    RUNTIME_SEASON,
    SENSORS,
)
from custom_components.aux_heat_guard.sources.suitability import ON_OFF_STATES
from custom_components.aux_heat_guard.trigger import TRIGGERS

FOLDER = Path(integration.__file__).parent
ENGLISH = json.loads((FOLDER / "translations/en.json").read_text())
LANGUAGES = {
    path.stem: json.loads(path.read_text())
    for path in sorted((FOLDER / "translations").glob("*.json"))
}
ICONS = json.loads((FOLDER / "icons.json").read_text())
SOURCE = "\n".join(path.read_text() for path in FOLDER.rglob("*.py"))
RULES_SOURCE = "\n".join(path.read_text() for path in (FOLDER / "core").rglob("*.py"))

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
    **{
        step: fields - {"name"}
        for step, fields in SETUP_STEPS.items()
        if step not in {"user", "reconfigure"}
    },
    "init": set(),
    "protection": {CONF_MODE, CONF_SCHEDULE, *SCHEDULE_FIGURES, "resume", CONF_OWN_SCHEDULE},
    "limits": {*LIMIT_FIGURES},
    "furnace": {
        "furnace_below",
        *(f"furnace_{name}" for name in ("on", "entity", "value", "actions", "back")),
    },
    "lockout": {
        "lockout_above",
        *(f"lockout_{name}" for name in ("on", "entity", "value", "actions", "back")),
    },
    "energy": {"energy", "price", "pump"},
    "energy_power": {"entity_id"},
    "energy_meter": {"entity_id"},
    "price_fixed": {"price"},
    "price_entity": {"entity_id"},
    "price_tariff": {"entity_id"},
    "tariff_prices": set(ON_OFF_STATES),
    "pump_points": {"points"},
    "season": {"season_start_month"},
    "timing": set(TIMING_NUMBERS),
    "zones": {"other_thermostats"},
    "alerts": {"alert", "balance_point", "forecast", "quiet_start", "quiet_end"},
    "alert": {
        "enabled",
        "severity",
        *(field_key(alert, name) for alert in Alert for name in RULES[alert].thresholds),
    },
    "notify": {"persistent", "phones", "entities", "actions"},
}


@pytest.mark.parametrize(("flow", "steps"), [("config", SETUP_STEPS), ("options", OPTION_STEPS)])
def test_each_field_of_each_step_has_a_name_and_a_description(
    flow: str, steps: dict[str, set[str]]
) -> None:
    words = ENGLISH[flow]["step"]
    assert set(words) == set(steps)
    for step, fields in steps.items():
        assert set(words[step].get("data", {})) == fields, step
        assert set(words[step].get("data_description", {})) == fields, step
        assert words[step]["title"]


def test_the_steps_are_those_of_the_flows() -> None:
    steps = re.compile(r"async_step_(\w+)")
    for flow, handler in (
        ("config", config_flow.AuxHeatGuardConfigFlow),
        ("options", config_flow.AuxHeatGuardOptionsFlow),
    ):
        own = {match[1] for name in dir(handler) if (match := steps.fullmatch(name))}
        assert set(ENGLISH[flow]["step"]) == own & (set(SETUP_STEPS) | set(OPTION_STEPS)), flow


def test_every_choice_has_a_text() -> None:
    choices = {key: set(value["options"]) for key, value in ENGLISH["selector"].items()}
    assert choices == {
        "equipment": {kind.value for kind in Equipment},
        "role": {role.value for role in Role},
        "kind": set(flow_schemas.SIGNAL_KINDS),
        "energy_from": {kind.value for kind in EnergySource},
        "price_from": set(flow_energy.PRICE_SOURCES),
        "pump_from": {kind.value for kind in HeatPumpType},
        "month": set(flow_energy.MONTHS),
        "resolution": {resolution.value for resolution in Resolution},
        "report_format": set(FORMATS),
        "alert": {alert.value for alert in Alert},
        "severity": {severity.value for severity in Severity},
        "mode": {mode.value for mode in Mode},
        "limit_reason": {reason.value for reason in REASONS} | {"proposed"},
        "reply": {*VERBS, "open"},
    }


def test_errors_and_their_texts_match() -> None:
    problems = {"cannot_heat", "guards_itself", "no_setpoint", "not_available", "not_found"}
    asked = {"no_evidence", "no_words", "not_understood", "off_over_on", "estimate_needs_outdoor"}
    energy = {
        "no_tariffs",
        "not_a_price",
        "not_energy",
        "not_power",
        "other_currency",
        "points_not_understood",
        "points_out_of_range",
    }
    assert set(ENGLISH["config"]["error"]) == problems | asked
    protection = {
        "cap_upside_down",
        "droop_too_small",
        "setback_above_comfort",
        "nothing_to_switch",
        "value_unfit",
    }
    chosen = {"guards_itself", "guarded_itself", "no_forecast", "not_found"}
    assert set(ENGLISH["options"]["error"]) == asked | energy | protection | chosen
    assert set(ENGLISH["issues"]["source_missing"]["fix_flow"]["error"]) == problems | {
        "already_guarded",
        "no_forecast",
    }
    for word in (
        *problems,
        *asked,
        *energy,
        *protection,
        *chosen,
        "already_guarded",
        *ENGLISH["config"]["abort"],
        *ENGLISH["exceptions"],
    ):
        assert f'"{word}"' in SOURCE or word == "reconfigure_successful", word


def test_each_entity_has_a_name_and_an_icon() -> None:
    sensors = {
        description.translation_key
        for description in (
            *SENSORS,
            RUNTIME_SEASON,
            *ENERGY_SENSORS,
            *COST_SENSORS,
            *PROTECTION_SENSORS,
        )
    }
    assert set(ENGLISH["entity"]["sensor"]) == sensors == set(ICONS["entity"]["sensor"])
    alerts = {f"alert_{alert.value}" for alert in Alert}
    binary = {
        AUX_HEAT.translation_key,
        EMERGENCY_HEAT.translation_key,
        LIMITED.translation_key,
        "alert",
        *alerts,
    }
    assert (
        set(ENGLISH["entity"]["binary_sensor"]) == binary == set(ICONS["entity"]["binary_sensor"])
    )
    assert set(ICONS["entity"]["climate"]) == {THERMOSTAT.translation_key}
    assert set(ENGLISH["entity"]["sensor"]["heat_source"]["state"]) == {
        state.value for state in HeatState
    }
    assert set(ENGLISH["entity"]["sensor"]["last_aux_cause"]["state"]) == {
        cause.value for cause in Cause
    }
    buttons = {description.translation_key for description in BUTTONS}
    assert set(ENGLISH["entity"]["button"]) == buttons == set(ICONS["entity"]["button"])
    assert set(ENGLISH["entity"]["sensor"]["limit"]["state"]) == {
        reason.value for reason in REASONS
    }
    assert set(ENGLISH["entity"]["select"]["mode"]["state"]) == {mode.value for mode in Mode}
    assert set(ENGLISH["entity"]["switch"]) == set(LIMIT_SWITCHES) == set(ICONS["entity"]["switch"])
    numbers = {description.translation_key for description in FIGURE_NUMBERS}
    assert set(ENGLISH["entity"]["number"]) == numbers == set(ICONS["entity"]["number"])
    changes = {change.value for change in SetpointChange}
    assert (
        set(ENGLISH["entity"]["event"]["setpoint"]["state_attributes"]["event_type"]["state"])
        == changes
    )
    types = {*(alert.value for alert in Alert), CLEARED}
    assert (
        set(ENGLISH["entity"]["event"]["alert"]["state_attributes"]["event_type"]["state"]) == types
    )


def test_each_alert_and_each_variant_of_it_has_words() -> None:
    variants = {
        "compressor",
        "low_refrigerant",
        "ahead",
        "aux",
        "room",
        "outdoor",
        "cap",
        "overrun",
        "plan",
        "none",
    }
    with_texts = {
        key.removeprefix("alert_") for key in ENGLISH["issues"] if key.startswith("alert_")
    }
    plain = {alert.value for alert in Alert} | {SUMMARY}
    assert plain <= with_texts
    assert {
        key.removeprefix(f"{alert}_")
        for key in with_texts - plain
        for alert in plain
        if key.startswith(f"{alert}_")
    } == variants
    assert all(
        words["title"] and words["description"]
        for words in ENGLISH["issues"].values()
        if "fix_flow" not in words
    )


def test_each_trigger_and_condition_and_each_of_their_fields_has_a_name_and_a_description() -> None:
    for kind, known, schema in (
        ("triggers", TRIGGERS, _TRIGGERS_DESCRIPTION_SCHEMA),
        ("conditions", CONDITIONS, _CONDITIONS_DESCRIPTION_SCHEMA),
    ):
        described = load_yaml_dict(str(FOLDER / f"{kind}.yaml"))
        schema(described)
        described = {name: fields for name, fields in described.items() if not name.startswith(".")}
        assert set(ENGLISH[kind]) == set(ICONS[kind]) == set(described) == set(known)
        for name, words in ENGLISH[kind].items():
            assert words["name"]
            assert words["description"]
            assert set(words.get("fields", {})) == set(described[name].get("fields", {})), name


def test_targets_are_filtered_by_entities_alone() -> None:
    """Home Assistant's own check refuses device filters, and would fail the release."""
    for name in ("services", "triggers", "conditions"):
        described = load_yaml_dict(str(FOLDER / f"{name}.yaml"))
        targets = [one["target"] for one in described.values() if "target" in one]
        assert targets
        assert all(
            target.keys() == {"entity"} and target["entity"]["integration"] == DOMAIN
            for target in targets
        ), name


def test_the_alerts_to_choose_from_are_all_there_are() -> None:
    files = (
        load_yaml_dict(str(FOLDER / f"{name}.yaml"))
        for name in ("services", "triggers", "conditions")
    )
    lists = [
        field["alert"]["selector"]["select"]["options"]
        for file in files
        for words in file.values()
        if "alert" in (field := words.get("fields", {}))
    ]
    assert len(lists) >= 5
    assert all(options == [alert.value for alert in Alert] for options in lists)


def test_each_action_and_each_of_its_fields_has_a_name_and_a_description() -> None:
    schemas = {
        GET_REPORT: GET_REPORT_SCHEMA,
        REBUILD_HISTORY: REBUILD_HISTORY_SCHEMA,
        SNOOZE_ACTION: SNOOZE_SCHEMA,
        ACKNOWLEDGE: ACKNOWLEDGE_SCHEMA,
        ALLOW_AUX: ALLOW_AUX_SCHEMA,
        CLEAR_FILTER: TARGET_SCHEMA,
        PLAN_RECOVERY: PLAN_RECOVERY_SCHEMA,
        EXPLAIN: EXPLAIN_SCHEMA,
    }
    described = load_yaml_dict(str(FOLDER / "services.yaml"))
    _SERVICES_SCHEMA(described)
    assert set(ENGLISH["services"]) == set(ICONS["services"]) == set(described) == set(schemas)
    for action, schema in schemas.items():
        words = ENGLISH["services"][action]
        fields = {str(field) for field in schema.schema} - set(cv.TARGET_SERVICE_FIELDS)
        assert set(words["fields"]) == set(described[action]["fields"]) == fields
        assert all(
            text["name"] and text["description"]
            for text in chain([words], words["fields"].values())
        )
        defaults = {
            str(field): field.default()
            for field in schema.schema
            if not isinstance(field.default, vol.Undefined)
        }
        shown = {
            key: field["default"]
            for key, field in described[action]["fields"].items()
            if "default" in field
        }
        assert {
            key: cv.time_period(value) if key == "duration" else value
            for key, value in shown.items()
        } == {key: value for key, value in defaults.items() if value != []}


def test_the_choices_of_the_actions_are_those_that_are_understood() -> None:
    fields = load_yaml_dict(str(FOLDER / "services.yaml"))[GET_REPORT]["fields"]
    for field, known in (("resolution", list(Resolution)), ("format", list(FORMATS))):
        assert fields[field]["selector"]["select"]["options"] == known
        assert fields[field]["selector"]["select"]["translation_key"] in ENGLISH["selector"]


def test_every_placeholder_is_filled() -> None:
    known = {
        "action",
        "currency",
        "example",
        "highest",
        "lowest",
        "strips_kw",
        "unit",
        "entity",
        "error",
        "target",
        "reason",
        "temperatures",
        "name",
        "file",
        "files",
        "option",
        "days",
        "problem",
        "alert",
        "temperature",
        "applied",
        "requested",
        "thermostat",
        "until",
    }
    alerts = {key: words for key, words in ENGLISH["issues"].items() if key.startswith("alert_")}
    others = {
        **ENGLISH,
        "issues": {key: words for key, words in ENGLISH["issues"].items() if key not in alerts},
    }
    assert set(re.findall(r"\{(\w+)\}", json.dumps(others))) <= known
    assert all(f'"{word}"' in SOURCE or f"{word}=" in SOURCE for word in known)


@pytest.mark.parametrize("key", [key for key in ENGLISH["issues"] if key.startswith("alert_")])
def test_alert_texts_use_only_figures_of_their_rule(key: str) -> None:
    words = ENGLISH["issues"][key]
    asked = set(re.findall(r"\{(\w+)\}", words["title"] + words["description"]))
    if key == "alert_cleared":
        assert asked == {"alert"}
        return
    known = {
        re.sub(r"_(s|c|k|pct|at)$", "", name) for name in re.findall(r'"(\w+)"', RULES_SOURCE)
    } | {"energy"}
    assert asked <= known


def test_texts_use_no_references() -> None:
    assert "[%key:" not in json.dumps(ENGLISH)
    assert not (FOLDER / "strings.json").exists()


async def test_home_assistant_loads_the_translations(
    hass: HomeAssistant, guard: MockConfigEntry
) -> None:
    for category in (
        "config",
        "options",
        "entity",
        "issues",
        "exceptions",
        "selector",
        "services",
        "triggers",
        "conditions",
    ):
        words = await translation.async_get_translations(hass, "en", category, {DOMAIN})
        assert words, category
    names = {
        entry.original_name
        for entry in er.async_entries_for_config_entry(er.async_get(hass), guard.entry_id)
    }
    assert {"AUX heat", "AUX runtime today", "Heat source", "Last AUX run"} <= names


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_are_short(language: str) -> None:
    names: dict[str, Any] = {
        key: words
        for platform in LANGUAGES[language]["entity"].values()
        for key, words in platform.items()
    }
    assert max(len(words["name"]) for words in names.values()) <= 24


def flatten_texts(words: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield each text with its path."""
    if isinstance(words, str):
        yield key, words
        return
    for name, inner in words.items():
        yield from flatten_texts(inner, f"{key}.{name}")


def test_all_languages_are_present() -> None:
    assert set(LANGUAGES) >= {"en", "de", "es", "fr", "nl"}


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_every_text_is_translated(language: str) -> None:
    english, words = dict(flatten_texts(ENGLISH)), dict(flatten_texts(LANGUAGES[language]))
    assert list(words) == list(english)
    for key, text in words.items():
        assert text.strip() == text, key
        assert text, key
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(
            re.findall(r"\{\w+\}", english[key])
        ), key
        assert re.findall(r"`[^`]*`|https?://\S+", text) == re.findall(
            r"`[^`]*`|https?://\S+", english[key]
        ), key
        # A sentence that is the same in two languages was not translated.
        assert text != english[key] or len(text.split()) < 4, key
