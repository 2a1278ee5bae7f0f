"""Prepare the folder of a Home Assistant before its first start: configuration, owner, login."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import importlib.util
import json
from pathlib import Path
import shutil
from typing import Any, Final, Literal

from homeassistant.auth import auth_manager_from_config
from homeassistant.auth.const import GROUP_ID_ADMIN
from homeassistant.auth.models import TOKEN_TYPE_LONG_LIVED_ACCESS_TOKEN
from homeassistant.auth.providers.homeassistant import HassAuthProvider
from homeassistant.config_entries import ConfigEntries
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

HOST: Final = "127.0.0.1"
TOKEN_FILE: Final = "access_token"  # noqa: S105 -- the name of a file
# Home Assistant always loads its integrations for pictures and voice, and logs errors if their
# libraries are missing.
MISSING_PACKAGES: Final = {
    "haffmpeg.core": ["FFmpeg fails"],
    "haffmpeg.tools": ["Error starting FFmpeg"],
    "homeassistant.components.camera.img_util": ["Error loading libturbojpeg"],
}
# The frontend does not load without these modules. They are unused here, and only available as
# source code to compile.
VOICE_PACKAGES: Final = {"pymicro_vad": "MicroVad", "pyspeex_noise": "AudioProcessor"}


@dataclass(frozen=True, kw_only=True)
class Setup:
    """The settings of the Home Assistant to create."""

    components: tuple[Path, ...] = ()
    integrations: tuple[str, ...] = ("frontend", "recorder", "history", "logbook", "sun")
    log_levels: dict[str, str] = field(default_factory=dict)
    yaml: str = ""
    unit_system: Literal["us_customary", "metric"] = "us_customary"
    time_zone: str = "America/New_York"
    country: str = "US"
    currency: str = "USD"
    latitude: float = 42.36
    longitude: float = -71.06
    name: str = "Lab"
    user: str = "lab"
    password: str = "heatpump"  # noqa: S105 -- the login of a house that only this machine reaches


async def seed_folder(folder: Path, setup: Setup, port: int) -> str:
    """Create or keep a folder in which Home Assistant can start. Return a token for its API."""
    token = folder / TOKEN_FILE
    made = _read_token(token)
    if made is None:
        _write(folder, setup)
    _store(folder, "http", 2, 2, _http(port))
    _link_components(folder / "custom_components", setup.components)
    _add_stub_packages(folder)
    if made is None:
        made = await _make_owner(folder, setup)
        # The token is written last, because it marks the folder as complete.
        _store_token(token, made)
    return made


def _read_token(token: Path) -> str | None:
    return token.read_text() if token.exists() else None


def _store_token(token: Path, content: str) -> None:
    token.touch(mode=0o600)
    token.write_text(content)


def _write(folder: Path, setup: Setup) -> None:
    shutil.rmtree(folder / ".storage", ignore_errors=True)
    (folder / ".storage").mkdir(parents=True)
    (folder / "configuration.yaml").write_text(_configuration(setup))
    _store(
        folder, "onboarding", 4, 1, {"done": ["user", "core_config", "analytics", "integration"]}
    )
    _store(folder, "core.config", 1, 4, _core_config(setup))


def _configuration(setup: Setup) -> str:
    logger = {"filters": MISSING_PACKAGES, "logs": setup.log_levels}
    # JSON is valid YAML.
    return (
        "".join(f"{integration}:\n" for integration in setup.integrations)
        + f"logger: {json.dumps(logger)}\n"
        + setup.yaml
    )


def _core_config(setup: Setup) -> dict[str, Any]:
    return {
        "latitude": setup.latitude,
        "longitude": setup.longitude,
        "elevation": 10,
        "unit_system_v2": setup.unit_system,
        "location_name": setup.name,
        "time_zone": setup.time_zone,
        "external_url": None,
        "internal_url": None,
        "currency": setup.currency,
        "country": setup.country,
        "language": "en",
        "radius": 100,
    }


def _http(port: int) -> dict[str, Any]:
    # Not in YAML, because Home Assistant would then ask about a preview on every page.
    stable = {
        "server_host": [HOST],
        "server_port": port,
        "cors_allowed_origins": [],
        "login_attempts_threshold": -1,
        "ip_ban_enabled": True,
        "ssl_profile": "modern",
        "use_x_frame_options": True,
        "created_at": datetime.now(UTC).isoformat(),
        "error": None,
        "error_message": None,
    }
    return {"stable": stable, "pending": None, "yaml_migration_done": True}


def _store(folder: Path, key: str, version: int, minor_version: int, data: dict[str, Any]) -> None:
    content = {"version": version, "minor_version": minor_version, "key": key, "data": data}
    (folder / ".storage" / key).write_text(json.dumps(content, indent=2))


def _link_components(folder: Path, components: tuple[Path, ...]) -> None:
    folder.mkdir(exist_ok=True)
    # A separate package, because Home Assistant would otherwise use only the first
    # custom_components on Python's path.
    (folder / "__init__.py").touch()
    for link in folder.iterdir():
        if link.is_symlink():
            link.unlink()
    for component in components:
        (folder / component.name).symlink_to(component.resolve(), target_is_directory=True)


def _add_stub_packages(folder: Path) -> None:
    for module, name in VOICE_PACKAGES.items():
        if importlib.util.find_spec(module) is None:
            (folder / f"{module}.py").write_text(
                f'"""No voice here."""\n\n\nclass {name}:\n    """Never used."""\n'
            )


async def _make_owner(folder: Path, setup: Setup) -> str:
    """Create the owner with Home Assistant's own classes and return a long-lived token."""
    hass = HomeAssistant(str(folder))
    hass.config_entries = ConfigEntries(hass, {})
    await hass.config_entries.async_initialize()
    dr.async_setup(hass)
    await asyncio.gather(dr.async_load(hass), er.async_load(hass))
    hass.auth = await auth_manager_from_config(hass, [{"type": "homeassistant"}], [])
    provider = hass.auth.auth_providers[0]
    if not isinstance(provider, HassAuthProvider):
        raise TypeError(f"unexpected login provider {provider.type}")
    await provider.async_add_auth(setup.user, setup.password)
    credentials = await provider.async_get_or_create_credentials({"username": setup.user})
    owner = await hass.auth.async_create_user(setup.name, group_ids=[GROUP_ID_ADMIN])
    await hass.auth.async_link_user(owner, credentials)
    refresh = await hass.auth.async_create_refresh_token(
        owner,
        client_name="lab",
        token_type=TOKEN_TYPE_LONG_LIVED_ACCESS_TOKEN,
        access_token_expiration=timedelta(days=3650),
    )
    token = hass.auth.async_create_access_token(refresh)
    # Stopping writes the stores. The stop is forced, because Home Assistant never ran.
    await hass.async_stop(force=True)
    return token
