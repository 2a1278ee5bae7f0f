"""A real Home Assistant process, MQTT broker and browser, each started once for all tests.

pytest-homeassistant-custom-component forbids sockets and processes, so these tests run without it:
`scripts/test tests/end_to_end` or `pytest -p no:homeassistant tests/end_to_end`.
"""

from collections.abc import AsyncIterator, Awaitable, Iterator
import contextlib
import json
from pathlib import Path
import time
from typing import Protocol

from playwright.async_api import Browser, Page, async_playwright, expect
import pytest
import pytest_asyncio

from lab.home_assistant.instance import PATIENCE_SECONDS, ROOT, Instance, Setup
from lab.home_assistant.instance_clock import ProcessClock

from . import programs
from .mqtt import Broker, run_broker

COMPONENTS = (
    ROOT / "custom_components/aux_heat_guard",
    ROOT / "lab/home_assistant/custom_components/heat_lab",
)


class MakeHome(Protocol):
    """Starts a Home Assistant, with additional configuration or its own clock."""

    def __call__(
        self, yaml: str = "", clock: ProcessClock | None = None
    ) -> Awaitable[Instance]: ...


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let these tests and their fixtures share one event loop."""
    ours = [item for item in items if item.path.is_relative_to(Path(__file__).parent)]
    for item in ours:
        if pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
        if config.pluginmanager.has_plugin("homeassistant"):
            item.add_marker(
                pytest.mark.skip(reason="needs real sockets: scripts/test tests/end_to_end")
            )


def _setup(yaml: str = "") -> Setup:
    return Setup(
        components=tuple(
            component for component in COMPONENTS if (component / "manifest.json").exists()
        ),
        yaml=yaml,
    )


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running_home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    async with await Instance.make(tmp_path_factory.mktemp("home"), _setup()) as home:
        yield home


@pytest.fixture
def home(running_home: Instance) -> Iterator[Instance]:
    """The Home Assistant that all tests share, in which no test may cause a log error."""
    before = len(running_home.unexpected_log_lines())
    yield running_home
    complaints = [str(line) for line in running_home.unexpected_log_lines()[before:]]
    assert not complaints


@pytest_asyncio.fixture(loop_scope="session")
async def make_home(tmp_path: Path) -> AsyncIterator[MakeHome]:
    """Start a Home Assistant that a test may stop, crash and restart, without errors in its log."""
    async with contextlib.AsyncExitStack() as stack:
        homes: list[Instance] = []

        async def make(yaml: str = "", clock: ProcessClock | None = None) -> Instance:
            home = await stack.enter_async_context(
                await Instance.make(tmp_path / f"home{len(homes)}", _setup(yaml), clock=clock)
            )
            homes.append(home)
            return home

        yield make
    complaints = [str(line) for home in homes for line in home.unexpected_log_lines()]
    assert not complaints


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def broker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Broker]:
    program = programs.mosquitto()
    if program is None:
        pytest.skip("no mosquitto on this machine, and scripts/setup could not get it")
    async with run_broker(program, tmp_path_factory.mktemp("mosquitto")) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def mqtt(running_home: Instance, broker: Broker) -> Broker:
    """The broker, connected to Home Assistant."""
    await running_home.add_integration("mqtt", broker.answers)
    return broker


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    program = programs.chromium(tmp_path_factory.mktemp("chromium"))
    if program is None:
        pytest.skip("no Chromium on this machine, and scripts/setup could not get it")
    async with async_playwright() as playwright:
        # A container has neither the kernel's sandbox nor much shared memory.
        flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        expect.set_options(timeout=PATIENCE_SECONDS * 1000)
        running = await playwright.chromium.launch(
            executable_path=program.path, env=dict(program.environment), args=flags
        )
        yield running
        await running.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, home: Instance) -> AsyncIterator[Page]:
    """A browser page that is logged in, for calls such as `await page.goto("/lovelace")`."""
    year = 365 * 24 * 3600
    tokens = {
        "access_token": home.token,
        "token_type": "Bearer",
        "expires_in": year,
        "hassUrl": home.address,
        "clientId": f"{home.address}/",
        "expires": int((time.time() + year) * 1000),
        "refresh_token": "",
    }
    context = await browser.new_context(
        base_url=home.address, viewport={"width": 1280, "height": 900}
    )
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    await context.add_init_script(f"localStorage.hassTokens = {json.dumps(json.dumps(tokens))}")
    yield await context.new_page()
    await context.close()
