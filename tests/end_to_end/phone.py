"""A phone with the companion app: a push server for notifications, and a webhook for replies."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
from typing import Any

from aiohttp import web

from lab.home_assistant.instance import PATIENCE_SECONDS, Instance, free_port

HOST = "127.0.0.1"
PUSH = "/push"

type PushMessage = dict[str, Any]


class Phone:
    """A registered companion app. `notices` holds the pushed messages that were not yet read."""

    def __init__(self, name: str, port: int) -> None:
        self.name = name
        self.action = f"mobile_app_{name.lower()}"
        self.messages: asyncio.Queue[PushMessage] = asyncio.Queue()
        self._push_url = f"http://{HOST}:{port}{PUSH}"
        self._webhook = ""

    async def handle_push(self, request: web.Request) -> web.Response:
        """Accept a push message, as the push servers of phone makers do."""
        self.messages.put_nowait(await request.json())
        return web.json_response({}, status=201)

    async def register(self, home: Instance) -> None:
        """Register the app at a Home Assistant."""
        registration = {
            "app_id": "io.home_assistant.lab",
            "app_name": "Home Assistant",
            "app_version": "2026.10",
            "device_id": self.action,
            "device_name": self.name,
            "manufacturer": "Lab",
            "model": "Telephone",
            "os_name": "Android",
            "os_version": "17",
            "supports_encryption": False,
            "app_data": {"push_token": "token", "push_url": self._push_url},
        }
        answer = await home.link.post("/api/mobile_app/registrations", registration)
        self._webhook = f"/api/webhook/{answer['webhook_id']}"

    async def wait_for_message(self) -> PushMessage:
        """Return the next pushed message."""
        return await asyncio.wait_for(self.messages.get(), PATIENCE_SECONDS)

    async def press(self, home: Instance, action: str) -> None:
        """Press the button with an action."""
        event = {"event_type": "mobile_app_notification_action", "event_data": {"action": action}}
        await home.link.post(self._webhook, {"type": "fire_event", "data": event})
        await home.settle()


def actions_by_title(notice: PushMessage) -> dict[str, str]:
    """Return the actions of the buttons of a message, by title."""
    return {button["title"]: button["action"] for button in notice["data"]["actions"]}


@contextlib.asynccontextmanager
async def run_phone(name: str) -> AsyncIterator[Phone]:
    """Run a phone with its push server."""
    port = free_port()
    phone = Phone(name, port)
    server = web.Application()
    server.router.add_post(PUSH, phone.handle_push)
    runner = web.AppRunner(server)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        yield phone
    finally:
        await runner.cleanup()
