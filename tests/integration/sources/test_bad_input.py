"""Invalid readings cause no exception and no false aux heat, and little in the log."""

from collections.abc import Callable, Iterator
from datetime import timedelta
import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.aux_heat_guard import step_timer
from custom_components.aux_heat_guard.options.guard import INFERENCE
from custom_components.aux_heat_guard.sources import health
from tests.integration.conftest import Wait
from tests.integration.home import (
    THERMOSTAT,
    add_guard,
    entity_id_of,
    pass_time,
    read_seconds,
    read_state,
    set_thermostat,
)

pytestmark = pytest.mark.usefixtures("all_entities")

METER = "sensor.strips_power"
OUTDOOR = "sensor.outdoor"
COUNTER = "sensor.aux_runtime"
POWER: dict[str, Any] = {
    "kind": "threshold",
    "role": "aux",
    "quality": "measured",
    "entity_id": METER,
    "attribute": None,
    "on_above": 1000,
    "off_below": 500,
    "unit": "W",
}
ENDLESS = 10**5000
"""Python refuses to write it out."""
BAD_VALUES: list[Any] = [
    float("nan"),
    float("inf"),
    None,
    "unknown",
    "unavailable",
    "",
    " , ,",
    "twenty",
    1e9,
    -1e300,
    ENDLESS,
    True,
    False,
    [],
    [None, 3, {"a": [ENDLESS]}],
    [ENDLESS],
    {"on": True},
    {},
    {"a set"},
    b"bytes",
    object(),
]
READ_ATTRIBUTES = ("equipment_running", "hvac_action", "current_temperature", "temperature")
REFLECTED_ATTRIBUTES = (
    *READ_ATTRIBUTES,
    "hvac_modes",
    "supported_features",
    "min_temp",
    "max_temp",
    "target_temp_step",
    "target_temp_low",
    "target_temp_high",
    "humidity",
    "current_humidity",
    "min_humidity",
    "max_humidity",
    "target_humidity_step",
    "fan_mode",
    "fan_modes",
    "preset_mode",
    "preset_modes",
    "swing_mode",
    "swing_modes",
    "swing_horizontal_mode",
    "swing_horizontal_modes",
)


def _log_records(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    """Return the log without Home Assistant's warning about custom integrations."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= level
        and not record.getMessage().startswith(("We found a custom integration", "Executing <"))
    ]


def _strange_value_records(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        message
        for message in _log_records(caplog, logging.WARNING)
        if "no known meaning" in message
    ]


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Assert that the only warnings are one for each value with an unknown meaning."""
    yield
    records = _strange_value_records(caplog)
    assert _log_records(caplog, logging.WARNING) == records
    assert len(set(records)) == len(records)


class SuspendableMachine:
    """A wall clock that continues while the machine sleeps, and a monotonic clock that does not."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        self.hass = hass
        self.freezer = freezer
        self.awake = 1000.0

    def monotonic(self) -> float:
        """Return the seconds that the machine was awake, as `time.monotonic` does."""
        return self.awake

    def sleep(self, length: timedelta) -> None:
        """Let time pass while the machine is suspended."""
        self.freezer.tick(length)

    async def pass_minutes(self, minutes: int) -> None:
        """Let minutes pass while the machine is awake."""
        for _ in range(minutes):
            self.awake += 60
            await pass_time(self.hass, self.freezer, 60)


@pytest.fixture
def machine(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch
) -> SuspendableMachine:
    """A machine that can be suspended."""
    made = SuspendableMachine(hass, freezer)
    monkeypatch.setattr(step_timer, "time", made)
    return made


@pytest.fixture
def shown_totals(hass: HomeAssistant, guard: MockConfigEntry) -> list[float]:
    """The list of all states of the total runtime sensor."""
    gathered: list[float] = []

    @callback
    def gather(_event: Event[EventStateChangedData]) -> None:
        gathered.append(_aux_seconds(hass, guard))

    async_track_state_change_event(hass, entity_id_of(hass, guard, "aux_runtime_total"), gather)
    return gathered


def _aux_seconds(hass: HomeAssistant, guard: MockConfigEntry) -> float:
    return round(read_seconds(hass, guard, "aux_runtime_total"), 3)


async def _set_source_state(hass: HomeAssistant, state: str = "heat", **changes: Any) -> None:
    set_thermostat(hass, state=state, **changes)
    await hass.async_block_till_done()


async def _play_aux_run(hass: HomeAssistant) -> None:
    await _set_source_state(hass, hvac_action="heating", equipment_running="heatPump,auxHeat1,fan")


@pytest.mark.parametrize("name", REFLECTED_ATTRIBUTES)
async def test_an_invalid_attribute_counts_nothing(
    hass: HomeAssistant, guard: MockConfigEntry, pass_seconds: Wait, name: str
) -> None:
    await _play_aux_run(hass)
    await pass_seconds(100)
    await _set_source_state(hass)
    assert _aux_seconds(hass, guard) == 100
    for bad in BAD_VALUES:
        await _set_source_state(hass, **{name: bad})
        await pass_seconds(60)
        await _set_source_state(hass, **dict[str, Any]({name: ...}))
        await pass_seconds(60)
        assert _aux_seconds(hass, guard) == 100
        assert read_state(hass, guard, "aux_heat").state != "on"

        await _set_source_state(hass)
        assert read_state(hass, guard, "heat_source").state == "off"
        assert read_state(hass, guard, "thermostat").state == "heat"
        assert read_state(hass, guard, "thermostat").attributes["temperature"] == 70


ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(),
        st.binary(),
        st.just(10**400),
    ),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=6,
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    attributes=st.dictionaries(st.sampled_from(REFLECTED_ATTRIBUTES), ANYTHING, max_size=6),
    state=st.one_of(st.just("heat"), st.text(max_size=255)),
)
async def test_any_source_value_is_handled(
    hass: HomeAssistant,
    guard: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    attributes: dict[str, Any],
    state: str,
) -> None:
    await _set_source_state(hass, state, **attributes)
    await pass_time(hass, freezer, 60)
    assert _aux_seconds(hass, guard) == 0
    assert read_state(hass, guard, "aux_heat").state != "on"
    await _set_source_state(hass)
    assert read_state(hass, guard, "heat_source").state == "off"


@pytest.mark.parametrize(
    "bad",
    ["nan", "inf", "-inf", "unknown", "unavailable", "", "twelve", "1e999", "NaN W", "9600 W"],
)
async def test_a_meter_without_a_number_counts_nothing(
    hass: HomeAssistant, pass_seconds: Wait, bad: str
) -> None:
    set_thermostat(hass)
    hass.states.async_set(METER, "9600", {"unit_of_measurement": "W"})
    guard = await add_guard(hass, signals=[POWER])
    await pass_seconds(60)
    hass.states.async_set(METER, bad, {"unit_of_measurement": "W"})
    await hass.async_block_till_done()
    assert _aux_seconds(hass, guard) == 60
    await pass_seconds(600)
    assert _aux_seconds(hass, guard) == 60
    assert read_state(hass, guard, "aux_heat").state == "unknown"


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("9600", "W", "on"),
        ("9.6", "kW", "on"),
        ("0.0096", "MW", "on"),
        ("9600", "mW", "off"),
        ("9600", "%", "unknown"),
        ("9600", "°C", "unknown"),
        ("9600", None, "unknown"),
        ("9600", ["W"], "unknown"),
        ("9600", {"W": 1}, "unknown"),
        ("nan", "kW", "unknown"),
        ("unavailable", "kW", "unknown"),
        ("1e308", "GW", "unknown"),
    ],
)
async def test_a_meter_that_changes_its_unit(
    hass: HomeAssistant, pass_seconds: Wait, value: str, unit: object, expected: str
) -> None:
    set_thermostat(hass)
    hass.states.async_set(METER, "0", {"unit_of_measurement": "W"})
    guard = await add_guard(hass, signals=[POWER])
    assert read_state(hass, guard, "aux_heat").state == "off"
    hass.states.async_set(METER, value, {"unit_of_measurement": unit})
    await hass.async_block_till_done()
    await pass_seconds(60)
    assert read_state(hass, guard, "aux_heat").state == expected


async def test_a_counter_that_changes_its_unit(hass: HomeAssistant, pass_seconds: Wait) -> None:
    set_thermostat(hass)
    hass.states.async_set(COUNTER, "2.1", {"unit_of_measurement": "h"})
    signal = {
        "kind": "counter",
        "role": "aux",
        "quality": "reported",
        "entity_id": COUNTER,
        "attribute": None,
    }
    guard = await add_guard(hass, signals=[signal])
    await pass_seconds(300)
    for value, unit in (
        ("126", "min"),
        ("7560", "s"),
        ("2.1", "h"),
        ("nan", "h"),
        ("2.1", "h"),
        ("0", "min"),
    ):
        hass.states.async_set(COUNTER, value, {"unit_of_measurement": unit})
        await hass.async_block_till_done()
        assert read_state(hass, guard, "aux_heat").state != "on"
        await pass_seconds(60)
    assert _aux_seconds(hass, guard) == 0
    hass.states.async_set(COUNTER, "1", {"unit_of_measurement": "min"})
    await hass.async_block_till_done()
    assert read_state(hass, guard, "aux_heat").state == "on"


async def _add_estimating(hass: HomeAssistant, outdoor: str, unit: object) -> MockConfigEntry:
    hass.config.units = US_CUSTOMARY_SYSTEM
    set_thermostat(hass, hvac_action="heating", current_temperature=66)
    hass.states.async_set(OUTDOOR, outdoor, {"unit_of_measurement": unit})
    return await add_guard(
        hass, signals=[dict(INFERENCE)], outdoor={"entity_id": OUTDOOR, "attribute": None}
    )


@pytest.mark.parametrize(
    ("outdoor", "unit", "expected"),
    [
        ("30", "°F", "on"),
        ("30", "°C", "off"),
        ("2", "°C", "on"),
        ("275", "K", "on"),
        ("30", "%", "unknown"),
        ("30", None, "unknown"),
        ("30", ["°F"], "unknown"),
        ("nan", "°F", "unknown"),
        ("-inf", "°F", "unknown"),
        ("-1e9", "°F", "unknown"),
        ("1e9", "°F", "unknown"),
        ("cold", "°F", "unknown"),
        ("", "°F", "unknown"),
        ("unknown", "°F", "unknown"),
        ("unavailable", "°F", "unknown"),
    ],
)
async def test_an_estimate_by_any_outdoor_temperature(
    hass: HomeAssistant, pass_seconds: Wait, outdoor: str, unit: object, expected: str
) -> None:
    guard = await _add_estimating(hass, outdoor, unit)
    await pass_seconds(1200)
    assert read_state(hass, guard, "aux_heat").state == expected


async def test_an_outdoor_temperature_that_changes_its_unit(
    hass: HomeAssistant, pass_seconds: Wait
) -> None:
    guard = await _add_estimating(hass, "40", "°C")
    await pass_seconds(1200)
    assert read_state(hass, guard, "aux_heat").state == "off"
    hass.states.async_set(OUTDOOR, "39.9", {"unit_of_measurement": "°F"})
    await pass_seconds(1200)
    assert read_state(hass, guard, "aux_heat").state == "on"
    hass.states.async_set(OUTDOOR, "39.9", {"unit_of_measurement": "°C"})
    await pass_seconds(60)
    assert read_state(hass, guard, "aux_heat").state == "off"


@pytest.mark.parametrize(
    ("attribute", "unit", "expected"),
    [(None, "°C", "on"), ("temperature", "°C", "on"), ("dew_point", "°F", "on")],
)
async def test_weather_keeps_its_own_unit(
    hass: HomeAssistant, pass_seconds: Wait, attribute: str | None, unit: str, expected: str
) -> None:
    hass.config.units = US_CUSTOMARY_SYSTEM
    set_thermostat(hass, hvac_action="heating", current_temperature=66)
    degrees = 1 if unit == "°C" else 34
    hass.states.async_set(
        "weather.home",
        "snowy",
        {"temperature": degrees, "dew_point": degrees, "temperature_unit": unit},
    )
    guard = await add_guard(
        hass,
        signals=[dict(INFERENCE)],
        outdoor={"entity_id": "weather.home", "attribute": attribute},
    )
    await pass_seconds(1200)
    assert read_state(hass, guard, "aux_heat").state == expected
    hass.states.async_set(
        "weather.home", "sunny", {"temperature": 20, "dew_point": 20, "temperature_unit": "°C"}
    )
    await pass_seconds(60)
    assert read_state(hass, guard, "aux_heat").state == "off"


@pytest.mark.parametrize(
    ("outdoor", "expected"),
    [
        (30, "on"),
        ("30.5", "on"),
        (41, "off"),
        (True, "unknown"),
        ([30], "unknown"),
        (..., "unknown"),
    ],
)
async def test_an_outdoor_temperature_of_the_thermostat_is_in_the_home_unit(
    hass: HomeAssistant, pass_seconds: Wait, outdoor: object, expected: str
) -> None:
    hass.config.units = US_CUSTOMARY_SYSTEM
    set_thermostat(hass, hvac_action="heating", current_temperature=66, outdoor_temperature=outdoor)
    own = {"entity_id": THERMOSTAT, "attribute": "outdoor_temperature"}
    guard = await add_guard(hass, signals=[dict(INFERENCE)], outdoor=own)
    await pass_seconds(1200)
    assert read_state(hass, guard, "aux_heat").state == expected


def _remove_thermostat(hass: HomeAssistant) -> None:
    hass.states.async_remove(THERMOSTAT)


def _become_unavailable(hass: HomeAssistant) -> None:
    hass.states.async_set(
        THERMOSTAT,
        "unavailable",
        {"hvac_modes": ["heat"], "min_temp": 45, "max_temp": 95, "supported_features": 1},
    )


def _become_unavailable_and_keep_all(hass: HomeAssistant) -> None:
    set_thermostat(
        hass, state="unavailable", hvac_action="heating", equipment_running="heatPump,auxHeat1,fan"
    )


@pytest.mark.parametrize(
    "go", [_remove_thermostat, _become_unavailable, _become_unavailable_and_keep_all]
)
async def test_a_gap_in_a_run_is_unknown_time_and_no_new_cycle(
    hass: HomeAssistant,
    guard: MockConfigEntry,
    pass_seconds: Wait,
    caplog: pytest.LogCaptureFixture,
    go: Callable[[HomeAssistant], None],
) -> None:
    await _play_aux_run(hass)
    await pass_seconds(600)
    caplog.clear()
    go(hass)
    await hass.async_block_till_done()
    assert read_state(hass, guard, "thermostat").state == "unavailable"
    assert read_state(hass, guard, "heat_source").state == "unknown"
    assert read_state(hass, guard, "aux_heat").state == "unknown"
    await pass_seconds(180)
    assert _aux_seconds(hass, guard) == 600
    await _play_aux_run(hass)
    await pass_seconds(600)
    await _set_source_state(hass)
    assert _aux_seconds(hass, guard) == 1200
    assert read_state(hass, guard, "aux_cycles_today").state == "1"
    ours = [message for message in _log_records(caplog, logging.INFO) if THERMOSTAT in message]
    assert ours == [
        f"Hallway AUX Heat Guard: {THERMOSTAT} is not available",
        f"Hallway AUX Heat Guard: {THERMOSTAT} is back",
    ]


async def test_a_flickering_outage_is_logged_once(
    hass: HomeAssistant, guard: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    assert read_state(hass, guard, "thermostat").state == "heat"
    caplog.clear()
    for _ in range(5):
        _become_unavailable(hass)
        await hass.async_block_till_done()
        _remove_thermostat(hass)
        await hass.async_block_till_done()
        _become_unavailable_and_keep_all(hass)
        await hass.async_block_till_done()
    await _set_source_state(hass)
    ours = [message for message in _log_records(caplog, logging.INFO) if THERMOSTAT in message]
    assert [message.rpartition(" is ")[2] for message in ours] == ["not available", "back"]


async def test_an_unknown_value_is_logged_once(
    hass: HomeAssistant,
    guard: MockConfigEntry,
    pass_seconds: Wait,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for _ in range(3):
        await _set_source_state(hass, hvac_action="heating", equipment_running="plasmaHeater,fan")
        assert read_state(hass, guard, "heat_source").state == "unknown"
        assert set(read_state(hass, guard, "heat_source").attributes["strange"]) == {"plasmaheater"}
        await pass_seconds(300)
        await _set_source_state(hass)
        assert read_state(hass, guard, "heat_source").attributes["strange"] == []
    assert len(_strange_value_records(caplog)) == 1
    assert "plasmaheater" in _strange_value_records(caplog)[0]
    assert _aux_seconds(hass, guard) == 0

    await _set_source_state(hass, hvac_action="heating", equipment_running="plasmaHeater,auxHeat1")
    assert read_state(hass, guard, "aux_heat").state == "on"
    assert len(_strange_value_records(caplog)) == 1


async def test_a_source_that_is_never_the_same_does_not_fill_the_log(
    hass: HomeAssistant, guard: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    for count in range(200):
        await _set_source_state(hass, equipment_running=f"since {count} s")
    assert len(_strange_value_records(caplog)) == health.MAX_LOGGED_VALUES
    assert _aux_seconds(hass, guard) == 0


BACK = [timedelta(seconds=5), timedelta(hours=1), timedelta(days=1), timedelta(days=40)]


@pytest.mark.parametrize(
    "jump", [(back, equipment) for back in BACK for equipment in ("heatPump,auxHeat1", "heatPump")]
)
async def test_a_clock_that_is_set_back(
    hass: HomeAssistant,
    machine: SuspendableMachine,
    guard: MockConfigEntry,
    shown_totals: list[float],
    jump: tuple[timedelta, str],
) -> None:
    back, equipment = jump
    await _play_aux_run(hass)
    await machine.pass_minutes(10)
    await _set_source_state(hass, hvac_action="heating", equipment_running=equipment)
    machine.sleep(-back)
    await _set_source_state(hass, hvac_action="heating", equipment_running="heatPump,fan")
    await machine.pass_minutes(5)
    assert _aux_seconds(hass, guard) == 600

    await _play_aux_run(hass)
    await machine.pass_minutes(2)
    await _set_source_state(hass)
    assert _aux_seconds(hass, guard) == 720
    machine.sleep(back)
    await _set_source_state(hass, current_temperature=69)
    await machine.pass_minutes(60)
    assert _aux_seconds(hass, guard) == 720
    assert shown_totals == sorted(shown_totals)


@pytest.mark.parametrize("away", [timedelta(hours=1), timedelta(days=1), timedelta(days=500)])
async def test_a_suspended_machine_counts_nothing(
    hass: HomeAssistant,
    machine: SuspendableMachine,
    guard: MockConfigEntry,
    shown_totals: list[float],
    away: timedelta,
) -> None:
    await _play_aux_run(hass)
    await machine.pass_minutes(10)
    machine.sleep(away)
    await _set_source_state(
        hass, hvac_action="heating", equipment_running="heatPump,auxHeat1", current_temperature=68
    )
    await machine.pass_minutes(5)
    await _set_source_state(hass)
    assert _aux_seconds(hass, guard) == 900
    assert shown_totals == sorted(shown_totals)


async def test_a_thousand_changes_in_a_second(
    hass: HomeAssistant, guard: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    for count in range(1000):
        freezer.tick(timedelta(milliseconds=1))
        set_thermostat(
            hass,
            equipment_running="auxHeat1" if count % 2 else "fan",
            current_temperature=60 + count / 100,
        )
        if count % 10 == 0:
            await hass.async_block_till_done()
    await _set_source_state(hass)
    await pass_time(hass, freezer, 60)
    assert _aux_seconds(hass, guard) <= 1
    assert read_state(hass, guard, "heat_source").state == "off"
    assert read_state(hass, guard, "thermostat").attributes["current_temperature"] == 70


async def test_a_burst_of_changes_is_one_change(
    hass: HomeAssistant, guard: MockConfigEntry
) -> None:
    steps: list[int] = []

    @callback
    def record_change(event: Event[EventStateChangedData]) -> None:
        assert event.data["new_state"] is not None
        steps.append(event.data["new_state"].attributes["current_temperature"])

    async_track_state_change_event(hass, entity_id_of(hass, guard, "thermostat"), record_change)
    for count in range(1000):
        set_thermostat(hass, current_temperature=count)
    await hass.async_block_till_done()
    assert steps == [999]


async def test_a_suspend_does_not_lose_earlier_hours(
    hass: HomeAssistant, machine: SuspendableMachine, guard: MockConfigEntry
) -> None:
    await machine.pass_minutes(120)
    machine.sleep(timedelta(minutes=2))
    await _play_aux_run(hass)
    assert read_state(hass, guard, "aux_runtime_today").attributes["coverage"] == pytest.approx(
        100 * 120 / 122, abs=0.1
    )
