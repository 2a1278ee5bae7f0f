"""A client of Home Assistant's REST and websocket interfaces that keeps track of all states."""

import asyncio
from collections.abc import AsyncIterator, Callable
import contextlib
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final, Self

import aiohttp

# The type of a result depends on the command.
type Json = Any
type Listener = Callable[[dict[str, Any]], None]
type StateMatcher = str | Callable[["EntityState"], bool]


PATIENCE_SECONDS: Final = 120
"""The timeout for something that takes a second on an idle machine."""


class CallError(Exception):
    """Error for a command that Home Assistant refused."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True, kw_only=True)
class EntityState:
    """The state of an entity."""

    entity_id: str
    state: str
    attributes: dict[str, Any]
    last_changed: datetime
    last_updated: datetime
    context: dict[str, Any]

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Self:
        """Return the state in a message of Home Assistant."""
        return cls(
            entity_id=raw["entity_id"],
            state=raw["state"],
            attributes=raw["attributes"],
            last_changed=datetime.fromisoformat(raw["last_changed"]),
            last_updated=datetime.fromisoformat(raw["last_updated"]),
            context=raw["context"],
        )

    def matches(self, wanted: StateMatcher) -> bool:
        """Return True if this is the expected state."""
        return self.state == wanted if isinstance(wanted, str) else wanted(self)


class Link:
    """A connection to a running Home Assistant."""

    def __init__(self, address: str, token: str) -> None:
        """Create a link without opening the connection."""
        self.states: dict[str, EntityState] = {}
        self._address = address
        self._token = token
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._answers: dict[int, asyncio.Future[Json]] = {}
        self._listeners: dict[int, Listener] = {}
        self._watchers: set[Callable[[EntityState], None]] = set()
        self._last_id = 0

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            self._address, headers={"Authorization": f"Bearer {self._token}"}
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            await self._reader
        if self._session is not None:
            await self._session.close()

    async def open_socket(self) -> None:
        """Log in to the websocket and follow all states."""
        if self._session is None:
            raise RuntimeError("the link is not open")
        self._socket = await self._session.ws_connect(
            "/api/websocket", max_msg_size=0, heartbeat=30
        )
        await self._socket.receive_json()
        await self._socket.send_json({"type": "auth", "access_token": self._token})
        answer = await self._socket.receive_json()
        if answer["type"] != "auth_ok":
            raise CallError(answer["type"], answer.get("message", ""))
        self._reader = asyncio.create_task(self._read_messages(self._socket))
        # In this order no change is missed: a change between the two requests arrives twice.
        await self.subscribe(
            self._handle_state_change, "subscribe_events", event_type="state_changed"
        )
        self.states |= {
            raw["entity_id"]: EntityState.from_json(raw) for raw in await self.command("get_states")
        }

    async def _read_messages(self, websocket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in websocket:
            self._handle_message(message.json())
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(CallError("closed", "Home Assistant closed the connection"))

    def _handle_message(self, message: dict[str, Any]) -> None:
        if message["type"] == "event":
            if (listener := self._listeners.get(message["id"])) is not None:
                listener(message["event"])
            return
        answer = self._answers.get(message["id"])
        if answer is None or answer.done():
            return
        if message.get("success", True):
            answer.set_result(message.get("result"))
        else:
            answer.set_exception(CallError(message["error"]["code"], message["error"]["message"]))

    def _handle_state_change(self, event: dict[str, Any]) -> None:
        raw = event["data"]["new_state"]
        if raw is None:
            self.states.pop(event["data"]["entity_id"], None)
            return
        state = self.states[raw["entity_id"]] = EntityState.from_json(raw)
        for watcher in tuple(self._watchers):
            watcher(state)

    async def command(self, kind: str, **fields: Json) -> Json:
        """Send a websocket command and return its result."""
        return await self._send(self._next_id(), kind, fields)

    async def subscribe(self, listener: Listener, kind: str, **fields: Json) -> int:
        """Send a websocket command that results in events, and return the id of the command."""
        number = self._next_id()
        self._listeners[number] = listener
        await self._send(number, kind, fields)
        return number

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    async def _send(self, number: int, kind: str, fields: dict[str, Json]) -> Json:
        if self._socket is None:
            raise RuntimeError("the websocket is not open")
        self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            await self._socket.send_json({"id": number, "type": kind} | fields)
            return await self._answers[number]
        finally:
            del self._answers[number]

    @contextlib.asynccontextmanager
    async def listen(self, event_type: str) -> AsyncIterator[asyncio.Queue[dict[str, Any]]]:
        """Follow the events of one type on Home Assistant's bus."""
        events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        number = await self.subscribe(events.put_nowait, "subscribe_events", event_type=event_type)
        try:
            yield events
        finally:
            await self.command("unsubscribe_events", subscription=number)
            del self._listeners[number]

    async def wait_for(
        self, entity_id: str, wanted: StateMatcher, within: float = PATIENCE_SECONDS
    ) -> EntityState:
        """Wait for an expected state of an entity, without missing a brief one."""
        if (now := self.states.get(entity_id)) is not None and now.matches(wanted):
            return now
        found: asyncio.Future[EntityState] = asyncio.get_running_loop().create_future()

        def watch(state: EntityState) -> None:
            if state.entity_id == entity_id and not found.done() and state.matches(wanted):
                found.set_result(state)

        self._watchers.add(watch)
        try:
            async with asyncio.timeout(within):
                return await found
        except TimeoutError:
            raise TimeoutError(
                f"{entity_id} did not reach the expected state in {within} s:"
                f" {self.states.get(entity_id)}"
            ) from None
        finally:
            self._watchers.discard(watch)

    async def get(self, path: str) -> Json:
        """Send a GET request to the REST interface."""
        return await self._request("GET", path)

    async def post(self, path: str, data: dict[str, Any]) -> Json:
        """Send a POST request to the REST interface."""
        return await self._request("POST", path, data)

    async def delete(self, path: str) -> Json:
        """Send a DELETE request to the REST interface."""
        return await self._request("DELETE", path)

    async def _request(self, method: str, path: str, data: dict[str, Any] | None = None) -> Json:
        if self._session is None:
            raise RuntimeError("the link is not open")
        async with self._session.request(method, path, json=data) as response:
            if response.status >= HTTPStatus.BAD_REQUEST:
                raise CallError(str(response.status), await response.text())
            return await response.json()
