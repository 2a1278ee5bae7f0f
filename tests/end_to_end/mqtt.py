"""A real MQTT broker, and a thermostat that uses it."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
from dataclasses import dataclass
import getpass
import json
from pathlib import Path
import re
from typing import Any, Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from lab.home_assistant.instance import PATIENCE_SECONDS, free_port

from .programs import Program

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Broker:
    """A running broker."""

    port: int

    @property
    def answers(self) -> list[dict[str, Any]]:
        """The answers to Home Assistant's config flow for the broker."""
        other = {"set_client_cert": False, "set_ca_cert": "off", "transport": "tcp"}
        return [{"broker": HOST, "port": self.port, "protocol": "5", "other_settings": other}]


@contextlib.asynccontextmanager
async def run_broker(program: Program, scratch: Path) -> AsyncIterator[Broker]:
    """Run a broker on a free port."""
    broker = Broker(free_port())
    settings = (
        f"listener {broker.port} {HOST}",
        "allow_anonymous true",
        "persistence false",
        "log_dest stderr",
        f"user {getpass.getuser()}",
    )
    configuration = scratch / "mosquitto.conf"
    configuration.write_text("\n".join(settings) + "\n")
    process = await asyncio.create_subprocess_exec(
        *(program.path, "-c", str(configuration)),
        env=program.environment,
        stderr=asyncio.subprocess.PIPE,
    )
    # From here on, all output of the broker is read, or the broker would block on a full pipe.
    started = asyncio.Event()
    reader = asyncio.create_task(_watch(process, started))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await started.wait()
        yield broker
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        await reader


async def _watch(process: asyncio.subprocess.Process, started: asyncio.Event) -> None:
    if process.stderr is None:
        return
    async for line in process.stderr:
        if re.search(rb"mosquitto version \S+ running", line):
            started.set()


class MqttThermostat:
    """A thermostat that Home Assistant discovers over MQTT, with a relay named AUX.

    It executes and reports each command, as a real one does. `commands` has each as (what, value).
    """

    def __init__(self, broker: Broker, name: str) -> None:
        self.name = name
        self.key = name.lower().replace(" ", "_")
        self.commands: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self._port = broker.port
        self._loop = asyncio.get_running_loop()
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = self._handle_command

    async def __aenter__(self) -> Self:
        self._client.connect(HOST, self._port)
        self._client.loop_start()
        self._client.subscribe(f"{self.key}/set/+", qos=1)
        return self

    async def __aexit__(self, *_: object) -> None:
        # Withdrawn, because the broker would offer the thermostat to the next test too.
        for kind in ("climate", "binary_sensor"):
            await self._publish(f"homeassistant/{kind}/{self.key}/config", "")
        self._client.disconnect()
        self._client.loop_stop()

    async def announce(self, **climate: object) -> None:
        """Let Home Assistant discover the thermostat, with additional settings if given."""
        device = {"identifiers": [self.key], "name": self.name, "manufacturer": "Lab"}
        common = {"device": device, "availability_topic": f"{self.key}/available"}
        await self.report(available="online")
        await self._publish(
            f"homeassistant/climate/{self.key}/config",
            json.dumps(common | self._climate() | climate),
        )
        relay = {"unique_id": f"{self.key}_aux", "name": "AUX", "state_topic": f"{self.key}/aux"}
        await self._publish(
            f"homeassistant/binary_sensor/{self.key}/config", json.dumps(common | relay)
        )

    def _climate(self) -> dict[str, Any]:
        return {
            "unique_id": f"{self.key}_climate",
            "name": None,
            "modes": ["off", "heat", "cool", "heat_cool"],
            "mode_state_topic": f"{self.key}/mode",
            "mode_command_topic": f"{self.key}/set/mode",
            "temperature_state_topic": f"{self.key}/temperature",
            "temperature_command_topic": f"{self.key}/set/temperature",
            "current_temperature_topic": f"{self.key}/current",
            "action_topic": f"{self.key}/action",
            "temperature_unit": "F",
            "temp_step": 1,
            "min_temp": 45,
            "max_temp": 95,
        }

    async def report(self, **values: object) -> None:
        """Report values: available, mode, temperature (the setpoint), current, action, aux."""
        for what, value in values.items():
            await self._publish(f"{self.key}/{what}", str(value))

    async def _publish(self, topic: str, payload: str) -> None:
        message = self._client.publish(topic, payload, qos=1, retain=True)
        await asyncio.to_thread(message.wait_for_publish, 10)

    def _handle_command(self, client: Client, _: object, message: MQTTMessage) -> None:
        what, value = message.topic.rsplit("/", 1)[-1], message.payload.decode()
        client.publish(f"{self.key}/{what}", value, qos=1, retain=True)
        self._loop.call_soon_threadsafe(self.commands.put_nowait, (what, value))
