"""Alerts reach a real companion app's push server, and the app's replies reach the guard."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from lab.home_assistant.instance import PATIENCE_SECONDS, Instance, Setup, accept_defaults
from lab.home_assistant.instance_clock import make_clock
from lab.home_assistant.instance_flow import Form
from lab.home_assistant.instance_link import EntityState

from .conftest import MakeHome
from .mqtt import Broker, MqttThermostat
from .phone import Phone, PushMessage, actions_by_title, run_phone
from .test_crashes import wait_caught_up
from .test_guard import GUARD

ALERT = "near_freezing"

FAST = 60
"""The time after which the alert is raised: its condition must hold for ten minutes."""


class ClockPace:
    """A clock that runs at real speed, and can be made to run faster."""

    def __init__(self, folder: Path) -> None:
        self._ahead = timedelta(0)
        self._hurried = datetime.now(UTC)
        self._zone = Setup().time_zone
        self._folder = folder
        clock = make_clock(folder, self._zone, self._now())
        if clock is None:
            pytest.skip("no libfaketime on this machine, and scripts/setup could not get it")
        self.clock = clock

    def speed_up(self) -> None:
        """Let a minute pass in each second from now on."""
        self._hurried = datetime.now(UTC)
        self._run(FAST)

    def slow_down(self) -> None:
        """Return to real speed, because a start at a higher speed times out."""
        self._ahead += (datetime.now(UTC) - self._hurried) * (FAST - 1)
        self._run(1)

    def _run(self, speed: float) -> None:
        replace(self.clock, since=self._now()).run_at_speed(speed)

    def _now(self) -> str:
        return f"{datetime.now(ZoneInfo(self._zone)) + self._ahead:%Y-%m-%d %H:%M:%S}"


@pytest.fixture
def pace(tmp_path: Path) -> ClockPace:
    return ClockPace(tmp_path)


@dataclass(frozen=True)
class PhoneScene:
    """A guarded thermostat in the cold, and a phone that gets the notifications."""

    home: Instance
    pace: ClockPace
    phone: Phone
    thermostat: MqttThermostat
    guard: str
    alert: str

    async def raise_alert(self) -> PushMessage:
        """Request a high setpoint near freezing, and return the notification about it."""
        await self.request_setpoint(76)
        return await self.phone.wait_for_message()

    async def request_setpoint(self, setpoint: float) -> None:
        """Request the setpoint for long enough to raise the alert."""
        await self.thermostat.report(temperature=setpoint)
        await self.home.wait_for("climate.porch", has_setpoint(setpoint))
        self.pace.speed_up()

    @property
    def tag(self) -> str:
        return f"{GUARD}_{self.guard}_{ALERT}"


def without_quiet_hours(form: Form) -> dict[str, Any]:
    return {
        name: value
        for name, value in accept_defaults()(form).items()
        if not name.startswith("quiet")
    }


def is_cleared(notice: PushMessage, tag: str) -> bool:
    return (notice["message"], notice["data"]) == ("clear_notification", {"tag": tag})


async def cold_outdoors(home: Instance) -> None:
    await home.link.command(
        "input_number/create", name="Cold", min=-50, max=120, unit_of_measurement="°F"
    )
    await home.call("input_number", "set_value", {"value": 33}, entity_id="input_number.cold")
    sensor = {
        "state": "{{ states('input_number.cold') }}",
        "unit_of_measurement": "°F",
        "device_class": "temperature",
    }
    await home.add_integration(
        "template", [{"next_step_id": "sensor"}, {"name": "Outdoor", **sensor}]
    )
    await home.wait_for("sensor.outdoor", lambda state: float(state.state) == 33)


async def enable_alert_entity(home: Instance, guard: str) -> str:
    """Enable the entity of an alert, which is disabled by default."""
    entity_id = await home.entity_id(
        "binary_sensor", entry_id=guard, translation_key=f"alert_{ALERT}"
    )
    await home.link.command("config/entity_registry/update", entity_id=entity_id, disabled_by=None)
    await home.reload(guard)
    await home.wait_for(entity_id, "off")
    return entity_id


@asynccontextmanager
async def guarded_porch(
    home: Instance, broker: Broker, pace: ClockPace
) -> AsyncIterator[PhoneScene]:
    await home.add_integration("mqtt", broker.answers)
    await cold_outdoors(home)
    async with run_phone("Pocket") as phone, MqttThermostat(broker, "Porch") as thermostat:
        await phone.register(home)
        await thermostat.announce(mode_state_topic="porch/temperature", mode_state_template="heat")
        await thermostat.report(temperature=68, current=68, action="idle", aux="OFF")
        await home.wait_for("climate.porch", has_setpoint(68))
        guard = await home.add_integration(
            GUARD,
            [
                {"thermostat": "climate.porch"},
                accept_defaults(),
                accept_defaults(),
                accept_defaults(name="Guard"),
            ],
        )
        await home.change_options(guard, [{"next_step_id": "alerts"}, without_quiet_hours])
        await home.change_options(
            guard, [{"next_step_id": "notify"}, accept_defaults(phones=[phone.action])]
        )
        alert = await enable_alert_entity(home, guard)
        # Changes during a rebuild of the history are on disk only after it.
        home.expect_log("The history of Guard is being worked on already")
        await wait_caught_up(home)
        yield PhoneScene(home, pace, phone, thermostat, guard, alert)
        await home.remove(guard)


def has_setpoint(setpoint: float) -> Callable[[EntityState], bool]:
    """Return True if a state has a setpoint."""
    return lambda state: state.attributes.get("temperature") == setpoint


async def test_a_phone_is_notified_and_its_reply_counts_once(
    make_home: MakeHome, broker: Broker, pace: ClockPace
) -> None:
    home = await make_home("mobile_app:\n", pace.clock)
    async with guarded_porch(home, broker, pace) as scene:
        notice = await scene.raise_alert()
        assert notice["title"] == "The setpoint is high for this cold"
        assert notice["message"].startswith(
            "It is 33 °F outdoors and the heating is set to 76 °F. Above 72 °F the strips will help"
        )
        assert (notice["data"]["tag"], notice["data"]["group"]) == (scene.tag, GUARD)
        offered = actions_by_title(notice)
        assert list(offered) == ["Lower to 72°", "Snooze 24 h", "Allow AUX 2 h", "Open"]
        assert offered["Open"] == "URI"

        snooze = offered["Snooze 24 h"]
        for forged in (
            "AUX_HEAT_GUARD_0123456789ABCDEF_SNOOZE",
            "AUX_HEAT_GUARD__SNOOZE",
            f"{snooze}_",
            snooze.lower(),
        ):
            await scene.phone.press(home, forged)
        assert home.state(scene.alert).attributes["snoozed_until"] is None

        await scene.phone.press(home, snooze)
        snoozed = (
            await home.wait_for(
                scene.alert, lambda state: state.attributes["snoozed_until"] is not None
            )
        ).attributes
        hours = (
            datetime.fromisoformat(snoozed["snoozed_until"]) - home.state(scene.alert).last_updated
        ) / timedelta(hours=1)
        assert 23.9 < hours <= 24
        assert is_cleared(await scene.phone.wait_for_message(), scene.tag)

        for again in offered.values():
            await scene.phone.press(home, again)
        assert home.state(scene.alert).attributes == snoozed
        assert home.state("climate.porch").attributes["temperature"] == 76
        assert (
            home.state(
                await home.entity_id("binary_sensor", entry_id=scene.guard, translation_key="alert")
            ).attributes["aux_allowed_until"]
            is None
        )
        assert scene.phone.messages.empty()


async def test_a_notification_can_be_answered_after_a_restart(
    make_home: MakeHome, broker: Broker, pace: ClockPace
) -> None:
    home = await make_home("mobile_app:\n", pace.clock)
    async with guarded_porch(home, broker, pace) as scene:
        lower = actions_by_title(await scene.raise_alert())["Lower to 72°"]
        pace.slow_down()
        await home.restart()
        await home.wait_for("climate.porch", has_setpoint(76))
        assert home.state(scene.alert).state == "on"
        assert scene.phone.messages.empty()

        await scene.phone.press(home, lower)
        assert await asyncio.wait_for(scene.thermostat.commands.get(), PATIENCE_SECONDS) == (
            "temperature",
            "72.0",
        )
        await home.wait_for(scene.alert, "off")
        assert is_cleared(await scene.phone.wait_for_message(), scene.tag)

        await scene.request_setpoint(75)
        await home.wait_for(scene.alert, "on")
        await scene.phone.press(home, lower)
        assert home.state("climate.porch").attributes["temperature"] == 75
        assert scene.thermostat.commands.empty()
        assert scene.phone.messages.empty()


async def test_a_notification_cleared_during_downtime_is_removed_at_start(
    make_home: MakeHome, broker: Broker, pace: ClockPace
) -> None:
    home = await make_home("mobile_app:\n", pace.clock)
    async with guarded_porch(home, broker, pace) as scene:
        await scene.raise_alert()
        pace.slow_down()
        await home.stop()
        await scene.thermostat.report(temperature=70)
        await home.start()
        assert is_cleared(await scene.phone.wait_for_message(), scene.tag)
        assert scene.phone.messages.empty()
