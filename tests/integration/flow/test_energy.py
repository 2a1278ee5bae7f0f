"""The forms for energy, price, heat pump and season, as a user goes through them."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.util.unit_system import METRIC_SYSTEM, US_CUSTOMARY_SYSTEM
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.aux_heat_guard.core.settings.guard import STANDARD_COP
from custom_components.aux_heat_guard.flow.curve_text import format_curve, parse_curve
from custom_components.aux_heat_guard.options.energy import FixedPrice, TariffPrice
from tests.integration.flow.driver import (
    change_options,
    form_fields,
    offered_choices,
    proposed_default,
    start_flow,
    submit,
)
from tests.integration.home import add_guard, entity_id_of, set_thermostat

PLAIN = {"energy": "rated", "price": "none", "pump": "standard"}
FAHRENHEIT, CELSIUS = "°F", "°C"


@pytest.fixture(autouse=True)
def _american(hass: HomeAssistant) -> None:
    hass.config.units = US_CUSTOMARY_SYSTEM
    hass.config.currency = "USD"


async def submit_steps(
    hass: HomeAssistant, flow: ConfigFlowResult, *answers: dict[str, Any]
) -> ConfigFlowResult:
    for user_input in answers:
        flow = await hass.config_entries.options.async_configure(flow["flow_id"], user_input)
    await hass.async_block_till_done()
    return flow


async def test_a_price_takes_two_steps(hass: HomeAssistant, guard: MockConfigEntry) -> None:
    coordinator = guard.runtime_data
    flow = await change_options(hass, guard, "energy")
    assert [proposed_default(flow, field) for field in form_fields(flow)] == [
        "rated",
        "fixed",
        "standard",
    ]
    placeholders = flow["description_placeholders"]
    assert placeholders is not None
    assert (placeholders["strips_kw"], placeholders["currency"]) == ("10", "USD")

    flow = await submit_steps(hass, flow, {**PLAIN, "price": "fixed"})
    assert flow["step_id"] == "price_fixed"
    assert form_fields(flow)["price"]["unit_of_measurement"] == "USD/kWh"
    flow = await submit_steps(hass, flow, {"price": 0.17})
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert {key: guard.options[key] for key in PLAIN} == {
        "energy": {"kind": "rated"},
        "price": {"kind": "fixed", "price": 0.17},
        "pump": {"kind": "standard"},
    }
    assert guard.runtime_data is coordinator
    assert coordinator.guard_config.price == FixedPrice(0.17)

    flow = await change_options(hass, guard, "energy", {**PLAIN, "price": "fixed"})
    assert proposed_default(flow, "price") == 0.17


async def test_earlier_answers_are_proposed_again(
    hass: HomeAssistant, guard: MockConfigEntry
) -> None:
    await change_options(
        hass, guard, "energy", {"energy": "rated", "price": "none", "pump": "cold_climate"}
    )
    flow = await change_options(hass, guard, "energy")
    assert [proposed_default(flow, field) for field in form_fields(flow)] == [
        "rated",
        "none",
        "cold_climate",
    ]
    assert guard.options["price"] is None


async def test_every_form_can_be_answered(hass: HomeAssistant, guard: MockConfigEntry) -> None:
    hass.states.async_set(
        "sensor.strips", "4.8", {"unit_of_measurement": "kW", "device_class": "power"}
    )
    hass.states.async_set("select.tariff", "peak", {"options": ["peak", "offpeak"]})
    everything = {"pump": "own", "price": "tariff", "energy": "power"}
    flow = await change_options(hass, guard, "energy", everything)
    assert flow["step_id"] == "energy_power"
    assert form_fields(flow)["entity_id"]["filter"] == [
        {"domain": ["sensor"], "device_class": ["power"]}
    ]
    flow = await submit_steps(hass, flow, {"entity_id": "sensor.strips"})
    assert flow["step_id"] == "price_tariff"
    flow = await submit_steps(hass, flow, {"entity_id": "select.tariff"})
    assert flow["step_id"] == "tariff_prices"
    assert list(form_fields(flow)) == ["peak", "offpeak"]
    flow = await submit_steps(hass, flow, {"peak": 0.31, "offpeak": 0.12})
    assert flow["step_id"] == "pump_points"
    assert proposed_default(flow, "points") == "-13: 1.1, 17: 2.3, 47: 3.5, 59: 3.98"
    await submit_steps(hass, flow, {"points": "47: 3.8, 5: 2"})
    assert guard.options["energy"] == {
        "kind": "power",
        "entity_id": "sensor.strips",
        "attribute": None,
    }
    assert guard.options["price"] == {
        "kind": "tariff",
        "entity_id": "select.tariff",
        "prices": {"peak": 0.31, "offpeak": 0.12},
    }
    assert guard.options["pump"] == {"kind": "own", "points": [[-15, 2], [8.33, 3.8]]}
    assert guard.runtime_data.guard_config.price == TariffPrice(
        "select.tariff", {"peak": 0.31, "offpeak": 0.12}
    )

    flow = await change_options(hass, guard, "energy", everything)
    assert proposed_default(flow, "entity_id") == "sensor.strips"
    flow = await submit_steps(
        hass, flow, {"entity_id": "sensor.strips"}, {"entity_id": "select.tariff"}
    )
    assert proposed_default(flow, "peak") == 0.31
    flow = await submit_steps(hass, flow, {"peak": 0.3, "offpeak": 0.1})
    assert proposed_default(flow, "points") == "5: 2, 47: 3.8"


async def test_a_counter_and_a_price_sensor(hass: HomeAssistant, guard: MockConfigEntry) -> None:
    hass.states.async_set(
        "sensor.strips_energy", "12", {"unit_of_measurement": "Wh", "device_class": "energy"}
    )
    hass.states.async_set("sensor.price", "12", {"unit_of_measurement": "¢/kWh"})
    flow = await change_options(
        hass,
        guard,
        "energy",
        {**PLAIN, "energy": "meter", "price": "entity"},
        {"entity_id": "sensor.strips_energy"},
    )
    assert flow["step_id"] == "price_entity"
    await submit_steps(hass, flow, {"entity_id": "sensor.price"})
    assert guard.options["energy"] == {
        "kind": "meter",
        "entity_id": "sensor.strips_energy",
        "attribute": None,
    }
    assert guard.options["price"] == {"kind": "entity", "entity_id": "sensor.price"}
    assert {"sensor.strips_energy", "sensor.price"} <= guard.runtime_data.guard_config.watched


@pytest.mark.parametrize(
    ("entity_id", "state", "attributes", "tariffs"),
    [
        (
            "select.t",
            "peak",
            {"options": ["peak", "shoulder", "offpeak"]},
            ["peak", "shoulder", "offpeak"],
        ),
        ("input_select.t", "A", {"options": ["A", "B", "a "]}, ["a ", "B"]),
        ("sensor.t", "low", {"options": ["low", "high"], "device_class": "enum"}, ["low", "high"]),
        ("schedule.t", "off", {}, ["on", "off"]),
        ("binary_sensor.t", "unavailable", {}, ["on", "off"]),
        ("sensor.t", "on", {}, ["on", "off"]),
    ],
)
async def test_tariffs_are_asked_for_by_name(  # noqa: PLR0913, PLR0917
    hass: HomeAssistant,
    guard: MockConfigEntry,
    entity_id: str,
    state: str,
    attributes: dict[str, Any],
    tariffs: list[str],
) -> None:
    hass.states.async_set(entity_id, state, attributes)
    flow = await change_options(
        hass, guard, "energy", {**PLAIN, "price": "tariff"}, {"entity_id": entity_id}
    )
    assert list(form_fields(flow)) == tariffs
    prices = dict.fromkeys(tariffs, 0.1)
    assert (await submit_steps(hass, flow, prices))["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("kinds", "state", "attributes", "error"),
    [
        ({"energy": "power"}, "12", {}, "not_power"),
        ({"energy": "power"}, "12", {"unit_of_measurement": "kWh"}, "not_power"),
        ({"energy": "meter"}, "12", {"device_class": "energy"}, "not_energy"),
        ({"energy": "meter"}, "12", {"unit_of_measurement": "W"}, "not_energy"),
        ({"price": "entity"}, "12", {"unit_of_measurement": "gCO2eq/kWh"}, "not_a_price"),
        ({"price": "entity"}, "peak", {}, "not_a_price"),
        ({"price": "entity"}, "0.3", {"unit_of_measurement": "EUR/kWh"}, "other_currency"),
        ({"price": "tariff"}, "12", {}, "no_tariffs"),
        ({"price": "tariff"}, "peak", {"options": []}, "no_tariffs"),
    ],
)
async def test_an_entity_that_cannot_work_is_refused(  # noqa: PLR0913, PLR0917
    hass: HomeAssistant,
    guard: MockConfigEntry,
    kinds: dict[str, str],
    state: str,
    attributes: dict[str, Any],
    error: str,
) -> None:
    hass.states.async_set("sensor.wrong", state, {"device_class": "power", **attributes})
    flow = await change_options(
        hass, guard, "energy", {**PLAIN, **kinds}, {"entity_id": "sensor.wrong"}
    )
    assert flow["errors"] == {"entity_id": error}
    assert proposed_default(flow, "entity_id") == "sensor.wrong"
    hass.states.async_remove("sensor.wrong")
    assert (await submit_steps(hass, flow, {"entity_id": "sensor.wrong"}))["errors"] == {
        "entity_id": "not_found"
    }


async def test_a_price_entity_without_a_state_is_accepted(
    hass: HomeAssistant, guard: MockConfigEntry
) -> None:
    hass.states.async_set("sensor.price", "unavailable", {"unit_of_measurement": "USD/MWh"})
    flow = await change_options(
        hass, guard, "energy", {**PLAIN, "price": "entity"}, {"entity_id": "sensor.price"}
    )
    assert flow["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    "kinds", [{"energy": "power"}, {"energy": "meter"}, {"price": "entity"}, {"price": "tariff"}]
)
async def test_entities_of_the_guard_are_rejected(
    hass: HomeAssistant, guard: MockConfigEntry, kinds: dict[str, str]
) -> None:
    own = entity_id_of(hass, guard, "heat_source")
    flow = await change_options(hass, guard, "energy", {**PLAIN, **kinds}, {"entity_id": own})
    assert flow["errors"] == {"entity_id": "guards_itself"}


@pytest.mark.parametrize(
    ("text", "unit", "curve"),
    [
        ("17: 2.3, 47: 3.5", FAHRENHEIT, ((-8.33, 2.3), (8.33, 3.5))),
        ("47:3.5,17:2.3", FAHRENHEIT, ((-8.33, 2.3), (8.33, 3.5))),
        ("-15: 1,8, 7: 3,9", CELSIUS, ((-15, 1.8), (7, 3.9))),
        ("\N{MINUS SIGN}15: 1.8; 7 = 3.9\n12: 4", CELSIUS, ((-15, 1.8), (7, 3.9), (12, 4))),
        ("-7,5 : 2,5; 7: 3", CELSIUS, None),
        ("-7.5 : 2,5; 7: 3", CELSIUS, ((-7.5, 2.5), (7, 3))),
        ("47 °F: 3.5, 17F: 2.3", CELSIUS, ((-8.33, 2.3), (8.33, 3.5))),
        ("7 °C: 3.5", FAHRENHEIT, ((7, 3.5),)),
        ("7°: 3.5,", CELSIUS, ((7, 3.5),)),
        (format_curve(STANDARD_COP, FAHRENHEIT), FAHRENHEIT, STANDARD_COP),
        (
            format_curve(STANDARD_COP, CELSIUS),
            CELSIUS,
            ((-25, 1.1), (-8.3, 2.3), (8.3, 3.5), (15, 3.98)),
        ),
    ],
)
def test_curve_points_are_parsed(
    text: str, unit: str, curve: tuple[tuple[float, float], ...] | None
) -> None:
    assert (
        parse_curve(text, unit) == ((), "points_not_understood") if curve is None else (curve, None)
    )


@pytest.mark.parametrize(
    ("text", "error"),
    [
        *[
            (text, "points_not_understood")
            for text in (
                " ",
                ",",
                "2.3",
                "17",
                "17:",
                "17: x",
                "17 2.3",
                "17: 2.3 47: 3.5",
                "17: 2.3: 4",
                "१७",
                "9" * 400,
            )
        ],
        *[
            (text, "points_out_of_range")
            for text in ("17: 0.9", "17: 8.1", "17: 0", "500: 2", "17: 2, 17: 3")
        ],
    ],
)
async def test_invalid_curve_points_are_rejected(
    hass: HomeAssistant, guard: MockConfigEntry, text: str, error: str
) -> None:
    flow = await change_options(hass, guard, "energy", {**PLAIN, "pump": "own"}, {"points": text})
    assert flow["errors"] == {"points": error}
    assert proposed_default(flow, "points") == text
    assert (await submit_steps(hass, flow, {"points": "17: 2.5"}))[
        "type"
    ] is FlowResultType.CREATE_ENTRY


async def test_points_are_asked_for_in_the_homes_unit(
    hass: HomeAssistant, guard: MockConfigEntry
) -> None:
    hass.config.units = METRIC_SYSTEM
    flow = await change_options(hass, guard, "energy", {**PLAIN, "pump": "own"})
    assert proposed_default(flow, "points") == "-25: 1.1, -8.3: 2.3, 8.3: 3.5, 15: 3.98"
    await submit_steps(hass, flow, {"points": "-15: 2"})
    assert guard.options["pump"]["points"] == [[-15, 2]]


async def test_a_season_starts_in_july_or_when_the_user_says(
    hass: HomeAssistant, guard: MockConfigEntry
) -> None:
    coordinator = guard.runtime_data
    flow = await change_options(hass, guard, "season")
    assert proposed_default(flow, "season_start_month") == "7"
    await submit_steps(hass, flow, {"season_start_month": "1"})
    assert guard.options["season_start_month"] == 1
    assert guard.runtime_data is coordinator
    assert coordinator.guard_config.settings.season_start_month == 1
    assert (
        proposed_default(await change_options(hass, guard, "season"), "season_start_month") == "1"
    )


async def test_unreadable_options_can_be_set_again(hass: HomeAssistant) -> None:
    set_thermostat(hass)
    guard = await add_guard(
        hass, energy="power", price=0.17, pump={"kind": "nuclear"}, season_start_month="July"
    )
    flow = await change_options(hass, guard, "energy")
    assert [proposed_default(flow, field) for field in form_fields(flow)] == [
        "rated",
        "none",
        "standard",
    ]
    assert (
        proposed_default(await change_options(hass, guard, "season"), "season_start_month") == "7"
    )


async def test_setup_skips_energy_and_reconfigure_keeps_it(
    hass: HomeAssistant, guard: MockConfigEntry
) -> None:
    await change_options(hass, guard, "energy", {**PLAIN, "price": "fixed"}, {"price": 0.17})
    flow = await submit(
        hass, await guard.start_reconfigure_flow(hass), {"thermostat": guard.options["thermostat"]}
    )
    flow = await submit(
        hass,
        flow,
        {"signals": list(offered_choices(flow, "signals")), "estimate": False, "add_sign": False},
        {},
    )
    assert flow["step_id"] == "equipment"
    await submit(hass, flow, {"equipment": "strips", "strips_kw": 15, "name": "Hall"})
    await hass.async_block_till_done()
    assert guard.options["price"] == {"kind": "fixed", "price": 0.17}
    assert (await start_flow(hass))["step_id"] == "user"
