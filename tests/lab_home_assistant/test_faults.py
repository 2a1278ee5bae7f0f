"""The alert of each fault of the lab, in a home as scripts/develop sets it up.

CONTRIBUTING.md has these cases as a table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
import pytest

from lab.home_assistant.instance_dashboard import make_cards
from tests.lab_home_assistant.home import ALERT, ALERT_EVENT, STEP, THERMOSTAT, DeveloperHome

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
NEVER_LOCKED_OUT_F: Final = 70
TENTH_F: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultCase:
    """A fault in suitable weather, and the expected alert."""

    fault: str
    outdoor_f: float
    aux_below_f: float = NEVER_LOCKED_OUT_F
    mode: str = "heat"
    setpoint_f: int = 68
    """The setpoint when the fault starts. Before, it is 68."""
    alert: str
    severity: str = "warning"
    has_begun: Callable[[DeveloperHome], bool]
    """The time at which the alert's condition can first hold."""
    raise_within: timedelta
    """The time for which the condition must hold."""
    clear_within: timedelta
    """The longest time from the repair until the alert is cleared."""


def is_call_unanswered(home: DeveloperHome) -> bool:
    """1 °F under the setpoint, and half a step of the thermometer's tenths."""
    return home.action == "heating" and home.degrees_below_setpoint > 1 + TENTH_F / 2


def is_behind(home: DeveloperHome) -> bool:
    return home.degrees_below_setpoint > 3 - TENTH_F / 2


def is_heating_while_idle(home: DeveloperHome) -> bool:
    return home.are_strips_running and home.action == "idle"


def is_heating_while_off(home: DeveloperHome) -> bool:
    return home.are_strips_running and home.action == "off"


def is_immediate(_home: DeveloperHome) -> bool:
    return True


CASES: Final = {
    # At 38 °F a sound pump has plenty of spare capacity, and a utility's lockout at 35 °F
    # keeps the strips from hiding that the pump does not heat.
    "pump dead": FaultCase(
        fault="pump_dead",
        outdoor_f=38,
        aux_below_f=35,
        alert="not_heating",
        has_begun=is_call_unanswered,
        raise_within=HOUR,
        clear_within=2 * HOUR,
    ),
    "compressor dead": FaultCase(
        fault="compressor_dead",
        outdoor_f=38,
        aux_below_f=35,
        alert="not_heating",
        has_begun=is_call_unanswered,
        raise_within=HOUR,
        clear_within=2 * HOUR,
    ),
    # At 30 °F "not heating" does not apply, since it requires 35 °F. The lockout is at the
    # balance point, or else the strips would warm the room. 71 °F is 3 °F higher, which is
    # still sensible at 30 °F.
    "low refrigerant": FaultCase(
        fault="low_refrigerant",
        outdoor_f=30,
        aux_below_f=25,
        setpoint_f=71,
        alert="not_catching_up",
        has_begun=is_behind,
        raise_within=2 * HOUR,
        clear_within=2 * HOUR,
    ),
    # At 50 °F no defrost explains the strips. Until it is certain that nothing called for them,
    # there is no other alert about them.
    "stuck relay, set to heat": FaultCase(
        fault="stuck_strip_relay",
        outdoor_f=50,
        alert="strips_without_call",
        has_begun=is_heating_while_idle,
        raise_within=15 * MINUTE,
        clear_within=6 * MINUTE,
    ),
    "stuck relay, switched off": FaultCase(
        fault="stuck_strip_relay",
        outdoor_f=35,
        mode="off",
        alert="strips_without_call",
        severity="critical",
        has_begun=is_heating_while_off,
        raise_within=5 * MINUTE,
        clear_within=6 * MINUTE,
    ),
    # At 44 °F the heat pump alone is sufficient.
    "emergency heat": FaultCase(
        fault="emergency_heat",
        outdoor_f=44,
        alert="emergency_left_on",
        has_begun=is_immediate,
        raise_within=HOUR,
        clear_within=MINUTE,
    ),
}

CASES_IN_SUN: Final = ("pump dead", "low refrigerant")
"""What shows by the room getting no warmer must do so with the sun shining in."""

CASES_WITHOUT_FAULT: Final = [name for name in CASES if name != "compressor dead"]
"""Two of the cases differ by the fault alone."""


@pytest.fixture
def hour() -> int:
    return 5


@pytest.fixture
async def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory, hour: int) -> DeveloperHome:
    await hass.config.async_set_time_zone("America/New_York")
    hass.config.units = US_CUSTOMARY_SYSTEM
    freezer.move_to(f"2027-01-15 {hour:02}:00:00-05:00")
    home = DeveloperHome(hass, freezer)
    await home.set_up()
    return home


async def run_without_fault(home: DeveloperHome, case: FaultCase) -> None:
    """Let time pass in the weather of a case, before the fault starts."""
    await home.set_weather(case.outdoor_f, case.aux_below_f)
    await home.call("climate", "set_hvac_mode", THERMOSTAT, hvac_mode=case.mode)
    await home.pass_time(30 * MINUTE)


async def switch_fault_on(home: DeveloperHome, case: FaultCase) -> None:
    await home.switch(case.fault, on=True)
    await raise_setpoint(home, case)


async def raise_setpoint(home: DeveloperHome, case: FaultCase) -> None:
    await home.call("climate", "set_temperature", THERMOSTAT, temperature=case.setpoint_f)


@pytest.mark.parametrize(
    ("name", "hour"), [*((name, 5) for name in CASES), *((name, 12) for name in CASES_IN_SUN)]
)
async def test_a_fault_raises_its_alert_in_time_and_no_other(
    home: DeveloperHome, name: str
) -> None:
    """The strips raise no alert of their own: the fault explains them."""
    case = CASES[name]
    await run_without_fault(home, case)
    await switch_fault_on(home, case)
    began = await home.wait_until(case.has_begun, within=HOUR)
    raised = await home.wait_until(
        lambda home: case.alert in home.active_alerts, within=case.raise_within + STEP
    )
    assert raised - began >= case.raise_within
    assert home.attribute(ALERT_EVENT, "event_type") == case.alert
    assert home.attribute(ALERT_EVENT, "severity") == case.severity
    await home.pass_time(10 * MINUTE)
    assert home.active_alerts == {case.alert}

    await home.switch(case.fault, on=False)
    await home.wait_until(lambda home: not home.active_alerts, within=case.clear_within)
    assert home.raised == {case.alert}
    assert home.attribute(ALERT_EVENT, "event_type") == "cleared"


@pytest.mark.parametrize("name", CASES_WITHOUT_FAULT)
async def test_the_same_weather_without_a_fault_raises_nothing(
    home: DeveloperHome, name: str
) -> None:
    case = CASES[name]
    await run_without_fault(home, case)
    await raise_setpoint(home, case)
    await home.pass_time(HOUR + case.raise_within)
    assert home.raised == set()


async def test_a_dead_compressor_hidden_by_aux_raises_an_alert_in_3_hours(
    home: DeveloperHome,
) -> None:
    """At 28 °F the strips hold the room, twice an hour, and the compressor has not run since."""
    await home.set_weather(28, NEVER_LOCKED_OUT_F)
    await home.pass_time(30 * MINUTE)
    await home.switch("compressor_dead", on=True)
    await home.wait_until(lambda home: home.are_strips_running, within=HOUR)
    await home.wait_until(lambda home: bool(home.active_alerts), within=3 * HOUR + STEP)
    assert home.raised == {"not_heating"}


async def test_a_late_repair_clears_the_alert(home: DeveloperHome) -> None:
    """A sound heat pump moves the room by 1 °F, here out of step with the hour."""
    case = CASES["pump dead"]
    await run_without_fault(home, case)
    await switch_fault_on(home, case)
    await home.wait_until(lambda home: case.alert in home.active_alerts, within=2 * HOUR)
    await home.pass_time(HOUR)

    await home.switch(case.fault, on=False)
    await home.wait_until(lambda home: not home.active_alerts, within=3 * HOUR)


async def test_the_dashboard_shows_alerts_and_answers_beside_the_faults(
    hass: HomeAssistant, home: DeveloperHome
) -> None:
    registry = er.async_get(hass)
    guard, lab = (
        [
            entity.as_partial_dict
            for entity in er.async_entries_for_config_entry(registry, entry.entry_id)
        ]
        for entry in (home.guard, home.lab)
    )
    cards = make_cards(
        guard, lab, {state.entity_id: state.attributes for state in hass.states.async_all()}
    )
    listed = {
        card["title"]: [row["entity"] for row in card["entities"]]
        for card in cards
        if card["type"] == "entities"
    }

    titles = list(listed)
    assert titles.index("Lab: faults") == titles.index("Alerts") + 1
    own = "lab_thermostat_aux_heat_guard"
    buttons = {
        f"button.{own}_{name}"
        for name in (
            "snooze_alerts_for_a_day",
            "acknowledge_alerts",
            "allow_aux_for_2_hours",
            "filter_cleaned",
        )
    }
    assert {*listed["Alerts"]} == {ALERT, ALERT_EVENT, f"sensor.{own}_last_aux_cause"} | buttons
    assert {*listed["Lab: faults"]} == {
        f"switch.lab_thermostat_{case.fault}" for case in CASES.values()
    }
    assert all(
        entity_id in hass.states.async_entity_ids()
        for rows in listed.values()
        for entity_id in rows
    )
