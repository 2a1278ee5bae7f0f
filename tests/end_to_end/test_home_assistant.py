"""The harness itself: a real Home Assistant runs, stops and crashes without log errors."""

import asyncio
import logging

import pytest

from lab.home_assistant.instance import FlowError, Instance

from .conftest import MakeHome


async def test_runs_without_complaint(home: Instance) -> None:
    config = await home.link.get("/api/config")

    assert config["state"] == "RUNNING"
    assert config["unit_system"]["temperature"] == "°F"
    assert not home.read_log(logging.ERROR)
    assert not [record for record in await home.system_log() if record["level"] == "ERROR"]


async def test_listens_on_loopback_only(home: Instance) -> None:
    config = await home.link.command("http/config")

    assert config["stable"]["server_host"] == ["127.0.0.1"]


async def test_refused_flow_says_why(home: Instance) -> None:
    with pytest.raises(FlowError) as refused:
        await home.add_integration("sun", [{}])

    assert refused.value.reason == "single_instance_allowed"


async def test_events_are_received(home: Instance) -> None:
    async with home.link.listen("lab_event") as events:
        await home.link.post("/api/events/lab_event", {"value": 1})

        assert (await asyncio.wait_for(events.get(), 5))["data"] == {"value": 1}


async def test_survives_stop_and_crash(make_home: MakeHome) -> None:
    home = await make_home()
    await home.link.command("input_boolean/create", name="Strips")

    await home.restart()
    assert home.state("input_boolean.strips").state == "off"
    await home.call("input_boolean", "turn_on", entity_id="input_boolean.strips")
    await home.crash()
    await home.start()

    assert home.state("input_boolean.strips").state == "off"
    assert await home.stop() == 0
