"""Home Assistant crashes during a run.

No recorded time is lost, and no time is counted twice or invented.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
import json
from pathlib import Path
import random
import time

import pytest

from lab.home_assistant.instance import CallError, Instance
from lab.home_assistant.instance_link import EntityState

from .conftest import MakeHome
from .mqtt import Broker, MqttThermostat
from .test_guard import add_guard, entity_of

COMMIT_SECONDS = 5.0
"""Seconds between the recorder's commits. States after the last commit are lost in a crash."""
SLACK_SECONDS = 1.5
"""For the way of a message through broker and Home Assistant, at both ends of a run."""


@dataclass
class RuntimeBounds:
    """The lowest and highest possible runtime, in seconds."""

    least: float = 0.0
    most: float = 0.0

    def add_run(self, begin: float, end: float, *, lost: float = 0.0) -> None:
        """Add a run, of which some seconds may be lost."""
        self.least += max(end - begin - lost - SLACK_SECONDS, 0.0)
        self.most += end - begin + SLACK_SECONDS


def has_room(room: float) -> Callable[[EntityState], bool]:
    """Return True if a state has a room temperature."""
    return lambda state: state.attributes["current_temperature"] == room


async def report_until(home: Instance, thermostat: MqttThermostat, until: float) -> None:
    """Report changing room temperatures, each after Home Assistant has received the last one."""
    turn = 0
    while time.monotonic() < until:
        turn += 1
        room = 60 + turn % 10
        await thermostat.report(current=room)
        await home.wait_for(f"climate.{thermostat.key}", has_room(room))


async def crash_in_the_middle_of_a_run(
    home: Instance, thermostat: MqttThermostat, seconds: float, bounds: RuntimeBounds
) -> None:
    """Turn the strips on, kill and restart Home Assistant, and turn the strips off."""
    relay = f"binary_sensor.{thermostat.key}_aux"
    on = time.monotonic()
    await thermostat.report(aux="ON")
    await home.wait_for(relay, "on")
    await report_until(home, thermostat, on + seconds)
    await home.crash()
    crashed = time.monotonic()
    await home.start()
    await home.wait_for(relay, "on")
    back = time.monotonic()
    await report_until(home, thermostat, back + 1)
    await thermostat.report(aux="OFF")
    await home.wait_for(relay, "off")
    off = time.monotonic()
    bounds.add_run(on, crashed, lost=COMMIT_SECONDS)
    bounds.add_run(back, off)
    # The start takes seconds, in some of which the relay may be known already.
    bounds.most += back - crashed


@asynccontextmanager
async def guarded_cellar(
    home: Instance, broker: Broker
) -> AsyncIterator[tuple[MqttThermostat, str]]:
    """Yield a guarded thermostat without aux heat and the guard's entry, then remove the guard."""
    await home.add_integration("mqtt", broker.answers)
    async with MqttThermostat(broker, "Cellar") as thermostat:
        await thermostat.announce()
        await thermostat.report(
            mode="heat", temperature=70, current=66, action="heating", aux="OFF"
        )
        await home.wait_for(
            "climate.cellar", lambda state: state.attributes.get("hvac_action") == "heating"
        )
        guard = await add_guard(home, "climate.cellar")
        await home.wait_for(await entity_of(home, guard, "aux_heat"), "off")
        yield thermostat, guard
    await home.remove(guard)


async def measure_run(
    home: Instance, thermostat: MqttThermostat, guard: str, seconds: float
) -> float:
    """Run the strips for some seconds, and return the displayed runtime of that run in hours."""
    total, aux = (
        await entity_of(home, guard, "aux_runtime_season"),
        await entity_of(home, guard, "aux_heat"),
    )
    await thermostat.report(aux="ON")
    await home.wait_for(aux, "on")
    await report_until(home, thermostat, time.monotonic() + seconds)
    await thermostat.report(aux="OFF")
    return float((await home.wait_for(total, lambda state: float(state.state) > 0)).state)


@pytest.mark.parametrize("times", [3, pytest.param(10, marks=pytest.mark.thorough)])
async def test_a_crash_during_runs_loses_and_invents_nothing(
    make_home: MakeHome, broker: Broker, times: int
) -> None:
    chance = random.Random(times)  # noqa: S311
    home = await make_home()
    async with guarded_cellar(home, broker) as (thermostat, guard):
        total, cycles = (
            await entity_of(home, guard, "aux_runtime_season"),
            await entity_of(home, guard, "aux_cycles_today"),
        )
        bounds = RuntimeBounds()
        for crash in range(times):
            await crash_in_the_middle_of_a_run(home, thermostat, chance.uniform(1, 12), bounds)
            # The history is filled in while the guard runs.
            shown = await home.wait_for(
                total, lambda state: float(state.state) * 3600 > bounds.least
            )
            assert bounds.least <= float(shown.state) * 3600 <= bounds.most
            await home.wait_for(cycles, str(crash + 1))
            assert shown.attributes["coverage"] < 100


@pytest.mark.parametrize("damage", ["newer", "half written"])
async def test_a_damaged_history_is_set_aside_and_rebuilt(
    make_home: MakeHome, broker: Broker, damage: str
) -> None:
    home = await make_home()
    # Home Assistant itself logs this for every file that is not JSON.
    home.expect_log("Could not parse JSON content")
    home.expect_log("Unrecoverable error decoding storage")
    home.expect_log("was not written by this version, and is kept as")
    async with guarded_cellar(home, broker) as (thermostat, guard):
        before = await measure_run(home, thermostat, guard, 3)
        await home.stop()
        file = home.folder / f".storage/aux_heat_guard.{guard}"
        damage_file(file, damage)
        await home.start()
        total = await entity_of(home, guard, "aux_runtime_season")
        await home.wait_for(
            total, lambda state: float(state.state) == pytest.approx(before, abs=0.1 / 3600)
        )
        (kept,) = [
            path
            for path in file.parent.iterdir()
            if path.name.startswith((f"{file.name}.set_aside", f"{file.name}.corrupt"))
        ]
        assert kept.read_text()
        issues = (await home.link.command("repairs/list_issues"))["issues"]
        assert any(guard in issue["issue_id"] for issue in issues)


async def wait_caught_up(home: Instance) -> None:
    """Wait until the guard has caught up with the recorder, before which a rebuild is refused."""
    while True:
        with suppress(CallError):
            await home.call("aux_heat_guard", "rebuild_history")
            return


async def test_a_crash_during_a_rebuild_loses_nothing(make_home: MakeHome, broker: Broker) -> None:
    chance = random.Random(7)  # noqa: S311
    home = await make_home()
    home.expect_log("The history of Guard is being worked on already")
    async with guarded_cellar(home, broker) as (thermostat, guard):
        before = await measure_run(home, thermostat, guard, 3)
        # Wait until both the guard and the recorder have written to disk.
        await report_until(home, thermostat, time.monotonic() + COMMIT_SECONDS + 1)
        for _ in range(3):
            await wait_caught_up(home)
            asked = asyncio.create_task(home.call("aux_heat_guard", "rebuild_history"))
            # At some point in the work, which takes some hundredths of a second.
            await asyncio.wait([asked], timeout=chance.uniform(0, 0.1))
            await home.crash()
            await asyncio.gather(asked, return_exceptions=True)
            await home.start()
            total, cycles = (
                await entity_of(home, guard, "aux_runtime_season"),
                await entity_of(home, guard, "aux_cycles_today"),
            )
            await home.wait_for(
                total, lambda state: float(state.state) == pytest.approx(before, abs=0.1 / 3600)
            )
            await home.wait_for(cycles, "1")


def damage_file(file: Path, damage: str) -> None:
    text = file.read_text()
    if damage == "newer":
        file.write_text(
            json.dumps(json.loads(text) | {"version": 9, "data": {"of": "a later time"}})
        )
    else:
        file.write_text(text[: len(text) // 2])
