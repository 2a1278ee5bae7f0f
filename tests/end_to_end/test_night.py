"""A cold night in a real process, 600 times as fast, as `scripts/develop 600` plays it."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from lab.home_assistant.instance import Instance, Setup
from lab.home_assistant.instance_clock import make_clock
from lab.home_assistant.instance_develop import NIGHT, SCHEDULE_YAML, play_night, set_up_home

from .conftest import COMPONENTS

SPEED = 600
MORNING = datetime.fromisoformat("2027-01-16 07:00:00-05:00")
WITHIN = 900
"""Seconds: eleven hours are 66 of them on a machine that is not busy."""


async def read_state(home: Instance, entity_id: str) -> dict[str, Any]:
    """Read a state over a new connection.

    At this speed, an open connection gets pings faster than it can answer them.
    """
    state: dict[str, Any] = await home.link.get(f"/api/states/{entity_id}")
    return state


async def test_a_cold_night(tmp_path: Path) -> None:
    setup = Setup(components=COMPONENTS, yaml=SCHEDULE_YAML)
    clock = make_clock(tmp_path, setup.time_zone, NIGHT)
    if clock is None:
        pytest.skip("no libfaketime on this machine, and scripts/setup could not get it")
    async with await Instance.make(tmp_path / "home", setup, clock=clock) as home:
        guard = await set_up_home(home)
        limit = await home.entity_id("sensor", entry_id=guard, translation_key="limit")
        await play_night(home, guard, clock, SPEED)
        limits, setpoints = set[str](), list[float]()
        async with asyncio.timeout(WITHIN):
            while True:
                shown, source = (
                    await read_state(home, limit),
                    await read_state(home, "climate.lab_thermostat"),
                )
                now = datetime.fromisoformat(source["last_reported"])
                if now >= MORNING:
                    break
                limits.add(shown["state"])
                setpoints.append(source["attributes"]["temperature"])
                # Twenty minutes of the simulated night.
                await asyncio.sleep(2)

        assert "plan" in limits
        assert shown["attributes"]["reason"]
        assert source["attributes"]["temperature"] == 70
        assert source["attributes"]["current_temperature"] >= 68
        assert min(setpoints) < 68
        report = await home.link.post(
            "/api/services/aux_heat_guard/get_report?return_response",
            {"start": NIGHT, "resolution": "hour"},
        )
        runs = report["service_response"]["runs"]
        # No setpoint keeps the strips off during a defrost, and nothing else called for them.
        assert {run["reason"] for run in runs} <= {"defrost"}
