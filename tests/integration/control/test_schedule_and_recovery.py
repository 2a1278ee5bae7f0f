"""Later setpoints in a real Home Assistant: from a schedule helper, or a planned recovery."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest

from custom_components.aux_heat_guard.const import DOMAIN
from custom_components.aux_heat_guard.core.model import Mode
from custom_components.aux_heat_guard.feeds.schedule import build_schedule_points
from custom_components.aux_heat_guard.options.protection import Schedule
from tests.integration.conftest import Wait
from tests.integration.home import read_state
from tests.integration.protection import HOUR, MINUTE, Setpoints, add_protected_guard, set_outdoor
from tests.integration.thermostats import RealThermostat

NIGHT = Schedule("schedule.heating", 21.0, 17.0)
ZONE = ZoneInfo("America/New_York")
DAYS = {
    "name": "Heating",
    **{day: [{"from": "06:00:00", "to": "22:00:00"}] for day in ("saturday", "sunday")},
}
"""The time by which it is to be warm."""


@pytest.mark.parametrize(
    ("week", "now", "plan"),
    [
        pytest.param(
            {}, "2027-01-15T12:00:00-05:00", [("2027-01-15T12:00:00-05:00", 17)], id="an empty week"
        ),
        pytest.param(
            {
                "friday": [
                    {"from": time(6), "to": time(8), "data": {"temperature": 72}},
                    {"from": "08:00:00", "to": time.max},
                ]
            },
            "2027-01-15T07:00:00-05:00",
            [
                ("2027-01-15T06:00:00-05:00", 22.22),
                ("2027-01-15T08:00:00-05:00", 21),
                ("2027-01-16T00:00:00-05:00", 17),
            ],
            id="blocks that touch, one with a temperature of its own, one up to midnight",
        ),
        pytest.param(
            {
                "saturday": [
                    {"from": "06:00:00", "to": "nonsense"},
                    {"from": "07:00:00", "to": "09:00:00"},
                ]
            },
            "2027-01-15T07:00:00-05:00",
            [
                ("2027-01-15T07:00:00-05:00", 17),
                ("2027-01-16T07:00:00-05:00", 21),
                ("2027-01-16T09:00:00-05:00", 17),
            ],
            id="a block that makes no sense",
        ),
    ],
)
def test_a_schedule_week_becomes_a_list_of_blocks(
    week: dict[str, Any], now: str, plan: list[tuple[str, float]]
) -> None:
    read = build_schedule_points(week, NIGHT, datetime.fromisoformat(now), ZONE, "°F")

    assert [(at, round(degrees, 2)) for at, degrees in read] == [
        (datetime.fromisoformat(at), degrees) for at, degrees in plan
    ]


class TestSchedule:
    @pytest.mark.parametrize("expected_lingering_timers", [True])
    async def test_a_schedule_helper_is_reached_in_time(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        setpoint_writes: Setpoints,
        pass_seconds: Wait,
        freezer: FrozenDateTimeFactory,
    ) -> None:
        # A Friday: the next block starts on Saturday at 6.
        assert await async_setup_component(hass, "schedule", {"schedule": {"heating": DAYS}})
        thermostat.change(current_temperature=62, target_temperature=62)
        set_outdoor(hass, 36)
        entry = await add_protected_guard(
            hass, schedule="schedule.heating", plan_on=True, cap_on=False
        )
        await pass_seconds(MINUTE)
        assert setpoint_writes() == []
        freezer.move_to("2027-01-16 03:30:00-05:00")
        set_outdoor(hass, 36)
        await pass_seconds(2 * MINUTE)

        assert setpoint_writes()[-1] == 66
        assert read_state(hass, entry, "limit").state == "plan"
        plan = read_state(hass, entry, "limit").attributes["plan"]
        assert max(point["temperature"] for point in plan) == 70
        freezer.move_to("2027-01-16 06:01:00-05:00")
        set_outdoor(hass, 36)
        await pass_seconds(6 * MINUTE)
        assert setpoint_writes()[-1] == 70
        assert read_state(hass, entry, "limit").state == "none"
        freezer.move_to("2027-01-16 22:01:00-05:00")
        set_outdoor(hass, 36)
        await pass_seconds(2 * MINUTE)
        assert setpoint_writes()[-1] <= 64

    async def test_a_missing_schedule_plans_nothing(
        self, hass: HomeAssistant, thermostat: RealThermostat, pass_seconds: Wait
    ) -> None:
        entry = await add_protected_guard(
            hass, schedule="schedule.gone", plan_on=True, cap_on=False
        )
        await pass_seconds(HOUR)

        assert thermostat.calls == []
        assert read_state(hass, entry, "limit").state == "none"


class TestRecovery:
    async def test_a_requested_recovery_is_warm_in_time(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        setpoint_writes: Setpoints,
        pass_seconds: Wait,
    ) -> None:
        thermostat.change(current_temperature=62, target_temperature=62)
        set_outdoor(hass, 36)
        entry = await add_protected_guard(hass, cap_on=False)
        ready_by = dt_util.now() + timedelta(hours=6)
        await hass.services.async_call(
            DOMAIN,
            "plan_recovery",
            {"temperature": 68, "ready_by": ready_by.isoformat()},
            blocking=True,
        )
        await pass_seconds(MINUTE)

        start = dt_util.parse_datetime(read_state(hass, entry, "planned_start").state)
        assert start is not None
        assert timedelta(hours=4) < ready_by - start < timedelta(hours=5)
        for _ in range(3):
            await pass_seconds(1.96 * HOUR)
            set_outdoor(hass, 36)
        assert setpoint_writes()[-1] == 67
        await pass_seconds(0.3 * HOUR)
        assert setpoint_writes()[-1] == 68
        assert read_state(hass, entry, "thermostat").attributes["temperature"] == 68

    @pytest.mark.parametrize(
        ("data", "key"),
        [
            pytest.param(
                {"temperature": 68, "ready_by": "2020-01-01 06:00:00"},
                "ready_in_the_past",
                id="over",
            ),
            pytest.param(
                {"temperature": 68, "ready_by": "9999-12-31 23:59:59-05:00"},
                "no_such_time",
                id="never",
            ),
            pytest.param(
                {"temperature": 200, "ready_by": "2030-01-01 06:00:00"}, "no_comfort", id="too hot"
            ),
        ],
    )
    @pytest.mark.usefixtures("thermostat")
    async def test_impossible_recoveries_are_rejected(
        self, hass: HomeAssistant, data: dict[str, Any], key: str
    ) -> None:
        await add_protected_guard(hass)
        with pytest.raises(ServiceValidationError) as error:
            await hass.services.async_call(DOMAIN, "plan_recovery", data, blocking=True)
        assert error.value.translation_key == key

    @pytest.mark.usefixtures("thermostat")
    async def test_monitor_mode_starts_no_recovery(self, hass: HomeAssistant) -> None:
        await add_protected_guard(hass, Mode.MONITOR)
        with pytest.raises(ServiceValidationError) as error:
            await hass.services.async_call(
                DOMAIN,
                "plan_recovery",
                {"temperature": 68, "ready_by": "2030-01-01 06:00:00"},
                blocking=True,
            )
        assert error.value.translation_key == "not_protecting"


class TestRecoveryAndHand:
    async def test_a_manual_change_drops_the_recovery(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        setpoint_writes: Setpoints,
        pass_seconds: Wait,
    ) -> None:
        await add_protected_guard(hass, cap_on=False)
        ready_by = (dt_util.now() + timedelta(hours=1)).isoformat()
        await hass.services.async_call(
            DOMAIN, "plan_recovery", {"temperature": 76, "ready_by": ready_by}, blocking=True
        )
        await pass_seconds(30 * MINUTE)
        thermostat.change(target_temperature=66)
        for _ in range(4):
            await pass_seconds(HOUR)
            set_outdoor(hass, 50)

        assert 76 not in setpoint_writes()


@pytest.mark.usefixtures("thermostat")
async def test_an_invalid_block_temperature_is_reported(hass: HomeAssistant) -> None:
    blocks = [
        {"from": time(6), "to": time(8), "data": {"temperature": value}}
        for value in ("warm", 200, 30, 72)
    ]

    async def week(_call: ServiceCall) -> dict[str, Any]:
        return {
            "schedule.heating": {"friday": blocks, "monday": [{"from": time(6), "to": time(8)}]}
        }

    hass.services.async_register(
        "schedule", "get_schedule", week, supports_response=SupportsResponse.ONLY
    )
    entry = await add_protected_guard(hass, schedule="schedule.heating", plan_on=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"blocks_unfit_{entry.entry_id}")
    assert issue is not None
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["temperatures"] == "200, 30, warm"

    blocks[:] = blocks[-1:]
    hass.states.async_set("schedule.heating", "on")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert ir.async_get(hass).async_get_issue(DOMAIN, f"blocks_unfit_{entry.entry_id}") is None
