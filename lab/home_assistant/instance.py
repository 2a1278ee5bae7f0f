"""A real Home Assistant in a folder, with helpers for tests and developers."""

import asyncio
from collections.abc import Sequence
import contextlib
import logging
from pathlib import Path
import time
from typing import Any, Final, Self

import aiohttp

from .instance_clock import ProcessClock
from .instance_flow import (
    CONFIG_FLOW_PATH,
    OPTIONS_FLOW_PATH,
    Answer,
    FlowError,
    Form,
    accept_defaults,
    run_flow,
)
from .instance_link import PATIENCE_SECONDS, CallError, EntityState, Json, Link, StateMatcher
from .instance_process import ROOT, LogLine, Process, free_port
from .instance_seed import HOST, Setup, seed_folder

__all__ = [
    "PATIENCE_SECONDS",
    "ROOT",
    "CallError",
    "EntityState",
    "FlowError",
    "Instance",
    "LogLine",
    "Setup",
    "accept_defaults",
    "free_port",
]

START_SECONDS: Final = 300
"""Three to six are usual; a busy machine takes many times as long."""
POLL_SECONDS: Final = 0.1


class Instance:
    """A Home Assistant instance to create, start, control, stop and kill."""

    def __init__(  # noqa: PLR0913 -- what make has found
        self,
        folder: Path,
        setup: Setup,
        *,
        port: int,
        token: str,
        show: bool = False,
        clock: ProcessClock | None = None,
    ) -> None:
        """Do not call directly: use `make`."""
        self.folder = folder
        self.setup = setup
        self.address = f"http://{HOST}:{port}"
        self.token = token
        self.start_seconds = 0.0
        self._process = Process(
            folder, show=show, environment=None if clock is None else clock.environment
        )
        self._link: Link | None = None
        self._expected: tuple[str, ...] = ()

    @classmethod
    async def make(
        cls,
        folder: Path,
        setup: Setup,
        *,
        port: int | None = None,
        show: bool = False,
        clock: ProcessClock | None = None,
    ) -> Self:
        """Create an instance in a new or existing folder (absolute path), without starting it."""
        chosen = free_port() if port is None else port
        return cls(
            folder,
            setup,
            port=chosen,
            token=await seed_folder(folder, setup, chosen),
            show=show,
            clock=clock,
        )

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def link(self) -> Link:
        """The open connection, for requests without a method of their own."""
        if self._link is None:
            raise RuntimeError("Home Assistant is not running")
        return self._link

    async def start(self) -> None:
        """Start Home Assistant and wait until it runs."""
        begin = time.monotonic()
        await self._process.start()
        self._link = await Link(self.address, self.token).__aenter__()
        async with contextlib.AsyncExitStack() as broken_off:
            broken_off.push_async_callback(self.stop)
            async with asyncio.timeout(START_SECONDS):
                await self._wait_until_running(self._link)
            await self._link.open_socket()
            broken_off.pop_all()
        self.start_seconds = time.monotonic() - begin

    async def _wait_until_running(self, link: Link) -> None:
        while self._process.exit_code is None:
            # There is nothing else to wait for until the port answers.
            with contextlib.suppress(aiohttp.ClientConnectionError, CallError):
                if (await link.get("/api/config"))["state"] == "RUNNING":
                    return
            await asyncio.sleep(POLL_SECONDS)
        last = "\n".join(str(line) for line in self._process.log()[-10:])
        raise RuntimeError(
            f"Home Assistant ended with {self._process.exit_code} before it ran\n{last}"
        )

    async def stop(self) -> int:
        """Stop Home Assistant cleanly and return its exit code."""
        await self._close_link()
        return await self._process.stop()

    async def crash(self) -> None:
        """End Home Assistant at once, without a chance to save anything."""
        await self._process.kill()
        await self._close_link()

    async def restart(self) -> None:
        """Stop cleanly and start again."""
        await self.stop()
        await self.start()

    async def wait_for_exit(self) -> int:
        """Wait until the process ends by itself and return its exit code."""
        return await self._process.wait()

    async def _close_link(self) -> None:
        if self._link is not None:
            await self._link.close()
            self._link = None

    # The log.

    def read_log(self, level: int = logging.WARNING) -> list[LogLine]:
        """Return all log records at a level or above, over all starts."""
        return [line for line in self._process.log() if line.severity >= level]

    def unexpected_log_lines(self) -> list[LogLine]:
        """Return errors, and warnings about our integrations or a deprecation."""
        lines = [line for line in self._process.log() if line.is_unexpected]
        return [
            line
            for line in lines
            if not any(expected in line.message for expected in self._expected)
        ]

    def expect_log(self, words: str) -> None:
        """Expect log messages with these words, for a test that causes failures on purpose."""
        self._expected = (*self._expected, words)

    # States and actions.

    @property
    def states(self) -> dict[str, EntityState]:
        """All current states."""
        return self.link.states

    def state(self, entity_id: str) -> EntityState:
        """Return the state of an entity that must exist."""
        return self.link.states[entity_id]

    async def wait_for(
        self, entity_id: str, wanted: StateMatcher, within: float = PATIENCE_SECONDS
    ) -> EntityState:
        """Wait until an entity has this state, or one that the function accepts."""
        return await self.link.wait_for(entity_id, wanted, within)

    async def call(
        self, domain: str, service: str, data: dict[str, Any] | None = None, **target: Json
    ) -> Json:
        """Call an action and wait until it is done. Keywords such as `entity_id` are its target."""
        result = await self.link.command(
            "call_service", domain=domain, service=service, service_data=data or {}, target=target
        )
        return result.get("response")

    async def call_for_response(
        self, domain: str, service: str, data: dict[str, Any] | None = None, **target: Json
    ) -> dict[str, Any]:
        """Call an action and return its response."""
        fields = {
            "domain": domain,
            "service": service,
            "service_data": data or {},
            "target": target,
            "return_response": True,
        }
        answer: dict[str, Any] = (await self.link.command("call_service", **fields))["response"]
        return answer

    async def settle(self) -> None:
        """Wait until everything that Home Assistant has sent so far is processed."""
        await self.link.command("ping")

    # Config entries.

    async def add_integration(self, handler: str, answers: Sequence[Answer]) -> str:
        """Add an integration through its config flow and return the id of the entry."""
        entry_id: str = (await self._flow(CONFIG_FLOW_PATH, {"handler": handler}, answers))[
            "result"
        ]["entry_id"]
        return entry_id

    async def reconfigure(self, entry_id: str, answers: Sequence[Answer]) -> Form:
        """Go through the reconfigure flow of an entry."""
        entry = next(entry for entry in await self.entries() if entry["entry_id"] == entry_id)
        return await self._flow(
            CONFIG_FLOW_PATH, {"handler": entry["domain"], "entry_id": entry_id}, answers
        )

    async def change_options(self, entry_id: str, answers: Sequence[Answer]) -> Form:
        """Go through the options flow of an entry."""
        return await self._flow(OPTIONS_FLOW_PATH, {"handler": entry_id}, answers)

    async def _flow(self, path: str, start: dict[str, Any], answers: Sequence[Answer]) -> Form:
        result = await run_flow(self.link, path, start, answers)
        await self.settle()
        return result

    async def entries(self, domain: str | None = None) -> list[dict[str, Any]]:
        """Return the config entries, of one integration or of all."""
        found: list[dict[str, Any]] = await self.link.command(
            "config_entries/get", **({"domain": domain} if domain else {})
        )
        return found

    async def reload(self, entry_id: str) -> None:
        """Unload an entry and set it up again."""
        await self.link.post(f"/api/config/config_entries/entry/{entry_id}/reload", {})
        await self.settle()

    async def remove(self, entry_id: str) -> None:
        """Remove an entry."""
        await self.link.delete(f"/api/config/config_entries/entry/{entry_id}")
        await self.settle()

    # Registries.

    async def entities(self, entry_id: str | None = None) -> list[dict[str, Any]]:
        """Return the entity registry, of one entry or of all."""
        listed: list[dict[str, Any]] = await self.link.command("config/entity_registry/list")
        return [entity for entity in listed if entry_id in {None, entity["config_entry_id"]}]

    async def entity_id(self, domain: str, *, entry_id: str | None = None, **fields: Json) -> str:
        """Return the id of the only entity of a domain whose registry entry has these fields."""
        found = [
            entity["entity_id"]
            for entity in await self.entities(entry_id)
            if entity["entity_id"].startswith(f"{domain}.")
            and all(entity.get(key) == value for key, value in fields.items())
        ]
        if len(found) != 1:
            raise LookupError(f"{len(found)} entities of {domain} with {fields}: {found}")
        return str(found[0])

    async def devices(self, entry_id: str) -> list[dict[str, Any]]:
        """Return the devices of an entry."""
        listed: list[dict[str, Any]] = await self.link.command("config/device_registry/list")
        return [device for device in listed if entry_id in device["config_entries"]]

    async def system_log(self) -> list[dict[str, Any]]:
        """Return the records that the page Settings > System > Logs shows."""
        listed: list[dict[str, Any]] = await self.link.command("system_log/list")
        return listed

    # Dashboards.

    async def save_dashboard(self, url_path: str, title: str, config: dict[str, Any]) -> None:
        """Create a dashboard, or replace the content of an existing one."""
        listed = await self.link.command("lovelace/dashboards/list")
        if url_path not in {dashboard["url_path"] for dashboard in listed}:
            await self.link.command(
                "lovelace/dashboards/create",
                url_path=url_path,
                title=title,
                icon="mdi:heat-pump",
                mode="storage",
            )
        await self.link.command("lovelace/config/save", url_path=url_path, config=config)

    async def make_default_dashboard(self, url_path: str) -> None:
        """Make a dashboard the default for all users."""
        await self.link.command(
            "frontend/set_system_data", key="core", value={"default_panel": url_path}
        )
