"""The options for energy and cost, and the readings of their sources."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.models import LazyState
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.aux_heat_guard.const import DOMAIN
from custom_components.aux_heat_guard.core.model import Observation, Source
from custom_components.aux_heat_guard.core.settings.guard import (
    COLD_CLIMATE_COP,
    STANDARD_COP,
    EnergySource,
)
from custom_components.aux_heat_guard.options import energy as energy_options
from custom_components.aux_heat_guard.options.energy import EntityPrice, FixedPrice, TariffPrice
from custom_components.aux_heat_guard.options.guard import GuardConfig, read_guard_config
from custom_components.aux_heat_guard.options.references import with_entity
from custom_components.aux_heat_guard.sources.observe import build_observation, observe
from tests.integration.home import THERMOSTAT, add_guard, set_thermostat

AT = datetime(2027, 1, 15, 17, tzinfo=UTC)
POWER = {"kind": "power", "entity_id": "sensor.strips_power", "attribute": None}
METER = {"kind": "meter", "entity_id": "sensor.strips_energy", "attribute": None}
PRICE = {"kind": "entity", "entity_id": "sensor.price"}
TARIFF = {"kind": "tariff", "entity_id": "select.tariff", "prices": {"Peak": 0.31, "offpeak": 0.12}}
BARE: dict[str, Any] = {"thermostat": THERMOSTAT, "signals": [], "equipment": "strips"}


def make_guarded(**options: Any) -> GuardConfig:
    return read_guard_config({**BARE, **options}, ZoneInfo("America/New_York"))


def observe_with(entity_id: str, state: str | None, unit: object, **options: Any) -> Observation:
    attributes: dict[str, Any] = {} if unit is None else {"unit_of_measurement": unit}
    states = {entity_id: None if state is None else State(entity_id, state, attributes)}
    return build_observation(states, make_guarded(**options), AT, "°F")


@pytest.fixture(autouse=True)
def _reset_reported_errors() -> None:
    energy_options._log_unreadable.cache_clear()  # noqa: SLF001


def test_an_entry_without_energy_options_works() -> None:
    guarded = make_guarded()
    settings = guarded.settings
    assert {guarded.power, guarded.meter, guarded.price} == {None}
    assert (
        settings.energy_source,
        settings.strips_kw,
        settings.cop,
        settings.season_start_month,
    ) == (
        EnergySource.RATED,
        10,
        STANDARD_COP,
        7,
    )
    assert guarded.watched == {THERMOSTAT}


def test_all_energy_options_are_read() -> None:
    points = [[8.33, 3.5], [-15, 1.8]]
    pump = {"kind": "own", "points": points}
    guarded = make_guarded(
        strips_kw=15, energy=POWER, price=TARIFF, pump=pump, season_start_month=1
    )
    assert guarded.power == Source("sensor.strips_power")
    assert guarded.price == TariffPrice("select.tariff", {"peak": 0.31, "offpeak": 0.12})
    assert guarded.settings.cop == ((-15.0, 1.8), (8.33, 3.5))
    assert (
        guarded.settings.energy_source,
        guarded.settings.strips_kw,
        guarded.settings.season_start_month,
    ) == (EnergySource.POWER, 15, 1)
    assert guarded.watched == {THERMOSTAT, "sensor.strips_power", "select.tariff"}

    guarded = make_guarded(energy=METER, price=PRICE, pump={"kind": "cold_climate"})
    assert guarded.power is None
    assert guarded.meter == Source("sensor.strips_energy")
    assert guarded.price == EntityPrice("sensor.price")
    assert guarded.settings.cop == COLD_CLIMATE_COP
    assert make_guarded(price={"kind": "fixed", "price": 0.17}).price == FixedPrice(0.17)


@pytest.mark.parametrize("equipment", ["furnace", "none"])
def test_only_strips_have_a_rated_power(equipment: str) -> None:
    assert make_guarded(equipment=equipment, strips_kw=15).settings.strips_kw == 0


UNREADABLE_OPTIONS: dict[str, list[object]] = {
    "energy": [
        "power",
        {},
        {"kind": "solar"},
        {"kind": "power"},
        {"kind": "meter", "entity_id": 5},
        {**POWER, "attribute": ["x"]},
        [1],
    ],
    "price": [
        *(
            0.17,
            {"kind": "fixed"},
            {"kind": "fixed", "price": "dear"},
            {"kind": "fixed", "price": 1e9},
        ),
        *(
            {"kind": "entity", "entity_id": ""},
            {**TARIFF, "prices": None},
            {**TARIFF, "prices": {"a": None}},
        ),
    ],
    "pump": [
        *("own", {"kind": "own"}, {"kind": "own", "points": 7}),
        *(
            {"kind": "own", "points": points}
            for points in (
                [],
                [[1]],
                [[0, 9]],
                [[0, 0.5]],
                [[-200, 2]],
                [[0, "x"]],
                [[0, 2], [0, 3]],
            )
        ),
    ],
    "season_start_month": [0, 13, "July", {}, float("nan")],
    "strips_kw": [-1, 1000, "ten", float("inf")],
}


@pytest.mark.parametrize(
    ("option", "value"),
    [(option, value) for option, values in UNREADABLE_OPTIONS.items() for value in values],
)
def test_unreadable_energy_options_are_skipped_and_logged_once(
    option: str, value: object, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        assert make_guarded(**{option: value}) == make_guarded()
    assert [record.getMessage() for record in caplog.records] == [
        f"The option {option} cannot be read and is left out: {value!r}"
    ]


def test_a_renamed_entity_is_updated_everywhere() -> None:
    options = {
        **BARE,
        "signals": [{"kind": "threshold", "entity_id": "sensor.strips_power"}],
        "energy": POWER,
        "price": TARIFF,
    }
    changed = with_entity(options, "sensor.strips_power", "sensor.new")
    assert changed == {
        **options,
        "signals": [{"kind": "threshold", "entity_id": "sensor.new"}],
        "energy": {**POWER, "entity_id": "sensor.new"},
    }
    assert with_entity(options, "select.tariff", "select.new")["price"] == {
        **TARIFF,
        "entity_id": "select.new",
    }
    untouched = {**BARE, "outdoor": None, "energy": {"kind": "rated"}, "price": None}
    assert with_entity(untouched, "sensor.strips_power", "sensor.new") == untouched


@pytest.mark.parametrize(
    ("state", "unit", "expected"),
    [
        ("4800", "W", 4800),
        ("4.8", "kW", 4800),
        ("0.0048", "MW", 4800),
        ("0", "W", 0),
        ("-3", "W", 0),
        ("-50", "W", 0),
        ("-51", "W", None),
        ("-4.8", "kW", None),
        ("50001", "W", None),
        ("1e300", "W", None),
        ("nan", "W", None),
        ("inf", "W", None),
        ("unavailable", "W", None),
        ("unknown", "W", None),
        ("", "W", None),
        ("4_800", "W", None),
        ("4800", None, None),
        ("4800", "kWh", None),
        ("4800", ["W"], None),
        (None, None, None),
    ],
)
def test_power(state: str | None, unit: object, expected: float | None) -> None:
    observation = observe_with("sensor.strips_power", state, unit, energy=POWER)
    assert observation.power == (None if expected is None else pytest.approx(expected))
    assert (observation.power_last_reported is None) is (state is None)
    assert observation.meter_reading is None


@pytest.mark.parametrize(
    ("state", "unit", "expected"),
    [
        ("1234.5", "kWh", 1234.5),
        ("1234500", "Wh", 1234.5),
        ("1.2345", "MWh", 1234.5),
        ("3.6", "MJ", 1),
        ("0", "kWh", 0),
        ("-1", "kWh", None),
        ("1e12", "kWh", None),
        ("nan", "kWh", None),
        ("unavailable", "kWh", None),
        ("12", None, None),
        ("12", "W", None),
        (None, None, None),
    ],
)
def test_energy(state: str | None, unit: object, expected: float | None) -> None:
    observation = observe_with("sensor.strips_energy", state, unit, energy=METER)
    assert observation.meter_reading == (None if expected is None else pytest.approx(expected))
    assert (observation.power, observation.power_last_reported) == (None, None)


@pytest.mark.parametrize(
    ("state", "unit", "expected"),
    [
        ("0.31", "EUR/kWh", 0.31),
        ("0.31", "eur/kwh", 0.31),
        ("0.31", "€/kWh", 0.31),
        ("0.31", "$/kWh", 0.31),
        ("0.31", "USD / kWh", 0.31),
        ("0.31", "EUR", 0.31),
        ("0.31", None, 0.31),
        ("0.31", "", 0.31),
        ("3.1", "kr/kWh", 3.1),
        ("310", "USD/MWh", 0.31),
        ("0.00031", "EUR/Wh", 0.31),
        ("0.1", "EUR/MJ", 0.36),
        ("31", "ct/kWh", 0.31),
        ("31", "c/kWh", 0.31),
        ("31", "¢/kWh", 0.31),
        ("31", "p/kWh", 0.31),
        ("31", "öre/kWh", 0.31),
        ("31", "Cent/kWh", 0.31),
        ("31", "cent", 0.31),
        ("31000", "öre/MWh", 0.31),
        ("-0.05", "EUR/kWh", -0.05),
        ("0", "EUR/kWh", 0),
        ("12", "gCO2eq/kWh", None),
        ("12", "kWh", None),
        ("12", "%", None),
        ("12", "EUR/h", None),
        ("12", "EUR/mo", None),
        ("12", "/kWh", None),
        ("12", "€/kWh/day", None),
        ("12", 7, None),
        ("500000", "EUR/kWh", None),
        ("dear", None, None),
        ("nan", "EUR/kWh", None),
        ("unavailable", "EUR/kWh", None),
        (None, None, None),
    ],
)
def test_prices(state: str | None, unit: object, expected: float | None) -> None:
    price = observe_with("sensor.price", state, unit, price=PRICE).price
    assert price == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("Peak", 0.31),
        (" peak ", 0.31),
        ("OFFPEAK", 0.12),
        ("shoulder", None),
        ("unavailable", None),
        ("", None),
        (None, None),
    ],
)
def test_tariffs(state: str | None, expected: float | None) -> None:
    assert observe_with("select.tariff", state, None, price=TARIFF).price == expected


@pytest.mark.parametrize(("state", "expected"), [("on", 0.31), ("off", 0.12), ("unknown", None)])
def test_a_schedule_as_tariff(state: str, expected: float | None) -> None:
    price = {"kind": "tariff", "entity_id": "schedule.peak", "prices": {"on": 0.31, "off": 0.12}}
    assert observe_with("schedule.peak", state, None, price=price).price == expected


def test_a_fixed_price_never_changes() -> None:
    assert (
        build_observation({}, make_guarded(price={"kind": "fixed", "price": 0}), AT, "°F").price
        == 0
    )


@pytest.mark.parametrize(
    ("state", "value", "expected"),
    [("heat", 4800, 4800), ("heat", "x", None), ("unavailable", 4800, None)],
)
def test_an_attribute_power_is_in_watts(state: str, value: object, expected: float | None) -> None:
    source = {"kind": "power", "entity_id": THERMOSTAT, "attribute": "aux_power"}
    states = {THERMOSTAT: State(THERMOSTAT, state, {"aux_power": value})}
    assert build_observation(states, make_guarded(energy=source), AT, "°F").power == expected


def test_past_states_are_read_as_present_ones() -> None:
    past = LazyState(
        {},
        None,
        "sensor.strips_power",
        "4.8",
        AT.timestamp() - 30,
        '{"unit_of_measurement":"kW"}',
        last_reported_ts=AT.timestamp(),
    )
    weather = LazyState(
        {},
        None,
        "weather.home",
        "snowy",
        AT.timestamp(),
        '{"temperature":14,"temperature_unit":"°F"}',
    )
    guarded = make_guarded(energy=POWER, outdoor={"entity_id": "weather.home", "attribute": None})
    observation = build_observation(
        {"sensor.strips_power": past, "weather.home": weather}, guarded, AT, "°F"
    )
    assert (observation.power, observation.power_last_reported) == (4800, AT)
    assert observation.outdoor == pytest.approx(-10)


async def test_a_power_that_stays_the_same_is_known_to_be_fresh(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    set_thermostat(hass)
    for _ in range(2):
        freezer.tick(timedelta(seconds=30))
        hass.states.async_set("sensor.strips_power", "4800", {"unit_of_measurement": "W"})
    at = datetime.now(UTC)
    assert observe(hass, make_guarded(energy=POWER), at).observation.power_last_reported == at


@pytest.mark.parametrize(
    ("options", "entity_id"),
    [({"energy": POWER}, "sensor.strips_power"), ({"price": TARIFF}, "select.tariff")],
)
async def test_a_source_that_is_not_there_is_for_the_user_to_mend(
    hass: HomeAssistant, options: Mapping[str, Any], entity_id: str
) -> None:
    set_thermostat(hass)
    guard = await add_guard(hass, **options)
    assert (DOMAIN, f"source_missing_{guard.entry_id}_{entity_id}") in ir.async_get(hass).issues
    hass.states.async_set(entity_id, "peak", {"unit_of_measurement": "W"})
    await hass.async_block_till_done()
    assert not ir.async_get(hass).issues


@pytest.mark.parametrize(
    ("option", "entity_id"),
    [
        ({"energy": POWER}, "sensor.strips_power"),
        ({"energy": METER}, "sensor.strips_energy"),
        ({"price": PRICE}, "sensor.price"),
    ],
)
async def test_a_renamed_source_is_followed(
    hass: HomeAssistant, option: dict[str, Any], entity_id: str
) -> None:
    domain, _, name = entity_id.partition(".")
    er.async_get(hass).async_get_or_create(domain, "x", name, suggested_object_id=name)
    set_thermostat(hass)
    hass.states.async_set(entity_id, "1")
    guard = await add_guard(hass, **option)
    er.async_get(hass).async_update_entity(entity_id, new_entity_id="sensor.renamed")
    hass.states.async_remove(entity_id)
    hass.states.async_set("sensor.renamed", "2")
    await hass.async_block_till_done()
    (key,) = option
    assert guard.options[key]["entity_id"] == "sensor.renamed"
    assert "sensor.renamed" in guard.runtime_data.guard_config.watched
    assert not ir.async_get(hass).issues


@pytest.mark.parametrize(
    ("changes", "anew"),
    [
        ({"energy": POWER}, True),
        ({"energy": METER}, True),
        ({"price": PRICE}, True),
        ({"price": TARIFF}, True),
        ({"price": {"kind": "fixed", "price": 0.2}}, False),
        ({"pump": {"kind": "cold_climate"}}, False),
        ({"season_start_month": 1}, False),
        ({"strips_kw": 5}, False),
    ],
)
async def test_only_changed_sources_reload(
    hass: HomeAssistant, guard: MockConfigEntry, changes: dict[str, Any], anew: bool
) -> None:
    coordinator = guard.runtime_data
    for entity_id in (
        "sensor.strips_power",
        "sensor.strips_energy",
        "sensor.price",
        "select.tariff",
    ):
        hass.states.async_set(entity_id, "1")
    hass.config_entries.async_update_entry(guard, options={**guard.options, **changes})
    await hass.async_block_till_done()
    assert (guard.runtime_data is not coordinator) is anew
    assert guard.runtime_data.guard_config == read_guard_config(
        guard.options, guard.runtime_data.guard_config.settings.zone
    )
