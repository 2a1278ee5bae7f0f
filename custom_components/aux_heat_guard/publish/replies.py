"""Handles replies to alerts by the buttons of a phone notification.

Each reply counts once, and only while its offer is open.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
import logging
from math import floor
import secrets
from typing import Any

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.components.climate.const import ATTR_TARGET_TEMP_STEP
from homeassistant.const import UnitOfTemperature
from homeassistant.core import Context, Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util.unit_conversion import TemperatureConverter

from ..control.service_calls import describe_error
from ..coordinator import GuardConfigEntry
from ..core.model import Alert
from ..core.persistence.json_values import InvalidDataError
from ..core.sense.values import read_number
from ..core.settings.guard import FILE_RETRY
from ..core.settings.protection import COMFORT_FLOOR
from ..core.units import EPSILON
from ..files import FileKind, GuardFile, UnreadableFileError
from ..permissions import async_check_permission

_LOGGER = logging.getLogger(__name__)

EVENT_REPLY = "mobile_app_notification_action"
"""The event of the companion apps, on Android and on iOS."""

LOWER, SET, SNOOZE, ALLOW = "lower", "set", "snooze", "allow"
VERBS = (LOWER, SET, SNOOZE, ALLOW)
PREFIX = "AUX_HEAT_GUARD"
TOKEN_BYTES = 8
"""Long enough that nobody guesses a token while its offer is open."""

ROUNDING = 0.02
"""In the home's unit. A whole step in one unit is not quite one in the other."""


@dataclass(frozen=True, slots=True)
class ReplyOffer:
    """The replies that a notification offers."""

    alert: str
    token: str
    lower: float | None
    """The setpoint that the button sets or lowers to, °C."""

    def action_id(self, verb: str) -> str:
        """Return the action id of a button."""
        return f"{PREFIX}_{self.token}_{verb.upper()}"


class Replies:
    """Handles the replies to the notifications of one guard."""

    def __init__(self, hass: HomeAssistant, entry: GuardConfigEntry) -> None:
        self._hass = hass
        self._entry = entry
        self._coordinator = entry.runtime_data
        self._file = _file(hass, entry.entry_id)
        self._offers: dict[str, ReplyOffer] = {}

    async def async_start(self) -> None:
        """Load the offers from before a restart, and listen for replies."""
        await self._async_load()
        self._entry.async_on_unload(
            self._hass.bus.async_listen(EVENT_REPLY, self._async_handle_reply)
        )
        if self._file.is_unreadable:
            self._entry.async_on_unload(
                async_track_time_interval(self._hass, self._async_retry, FILE_RETRY)
            )

    async def _async_load(self) -> None:
        """Load the saved offers; newer ones take precedence."""
        try:
            saved = await self._file.async_read(_decode_offers)
        except UnreadableFileError:
            return
        self._offers = {**(saved or {}), **self._offers}

    async def _async_retry(self, _now: datetime) -> None:
        """Load the file as soon as it is readable."""
        if self._file.is_unreadable and await self._file.async_is_readable():
            await self._async_load()
            self._save()

    @callback
    def async_offer(self, alert: Alert, lower: float | None) -> ReplyOffer:
        """Offer replies to an alert; another offer replaces the one before."""
        before = self._offers.get(alert.value)
        if before is None or before.lower != lower:
            self._offers[alert.value] = ReplyOffer(
                alert.value, secrets.token_hex(TOKEN_BYTES), lower
            )
            self._save()
        return self._offers[alert.value]

    @callback
    def async_withdraw(self, alert: Alert | None) -> None:
        """Close the offer of an alert."""
        if alert is not None and self._offers.pop(alert.value, None) is not None:
            self._save()

    def offered_setpoint(self, celsius: float) -> float | None:
        """Return a setpoint rounded down to the thermostat's step, °C.

        None if that is below the comfort floor.
        """
        thermostat = self._coordinator.thermostat
        step = read_number(thermostat.attributes.get(ATTR_TARGET_TEMP_STEP)) if thermostat else None
        step = step or (1.0 if self._unit == UnitOfTemperature.FAHRENHEIT else 0.5)
        converted = TemperatureConverter.convert(celsius, UnitOfTemperature.CELSIUS, self._unit)
        rounded = floor((converted + ROUNDING) / step) * step
        offered = TemperatureConverter.convert(rounded, self._unit, UnitOfTemperature.CELSIUS)
        return offered if offered >= COMFORT_FLOOR - EPSILON else None

    def format_setpoint(self, celsius: float) -> str:
        """Format a setpoint in the home's unit."""
        return (
            f"{TemperatureConverter.convert(celsius, UnitOfTemperature.CELSIUS, self._unit):.4g}°"
        )

    async def _async_handle_reply(self, event: Event[Mapping[str, Any]]) -> None:
        """Carry out a reply, once, if its user may control the guard."""
        action = event.data.get("action")
        found = next(
            (
                (offer, verb)
                for offer in self._offers.values()
                for verb in VERBS
                if action == offer.action_id(verb)
            ),
            None,
        )
        if found is None:
            return
        offer, verb = found
        if not await self._async_has_permission(offer, event.context):
            return
        if self._offers.get(offer.alert) is not offer:
            # Somebody else replied, or the alert ended, while the user was looked up.
            return
        alert = Alert(offer.alert)
        self.async_withdraw(alert)
        if all(raised.alert is not alert for raised in self._coordinator.data.alerts.active):
            return
        _LOGGER.info("%s: the reply to %s is %s", self._entry.title, alert, verb)
        commands = self._coordinator.commands
        match verb:
            case "snooze":
                commands.async_snooze({alert})
            case "allow":
                commands.async_allow_aux()
            case "set":
                await self._async_accept(offer, event.context)
            case _:
                await self._async_lower(offer, event.context)

    async def _async_has_permission(self, offer: ReplyOffer, context: Context) -> bool:
        """Return True if the user of the companion app may control the guard."""
        try:
            await async_check_permission(
                self._hass, context, [self._entry.entry_id], POLICY_CONTROL
            )
        except Unauthorized:
            _LOGGER.info(
                "%s: the reply to %s is ignored: the user may not control the guard",
                self._entry.title,
                offer.alert,
            )
            return False
        return True

    def _reopen(self, offer: ReplyOffer) -> None:
        """Open an offer again for others, after the thermostat refused the user who replied."""
        _LOGGER.info(
            "%s: the reply to %s is ignored: the user may not control the thermostat",
            self._entry.title,
            offer.alert,
        )
        is_raised = any(
            raised.alert == offer.alert for raised in self._coordinator.data.alerts.active
        )
        if is_raised and offer.alert not in self._offers:
            self._offers[offer.alert] = offer
            self._save()

    async def _async_accept(self, offer: ReplyOffer, context: Context) -> None:
        """Set the proposed setpoint."""
        if offer.lower is None:
            return
        try:
            await self._coordinator.commands.async_accept_setpoint(offer.lower, context)
        except Unauthorized:
            self._reopen(offer)
        except HomeAssistantError as error:
            _LOGGER.warning(
                "%s: the setpoint could not be set: %s", self._entry.title, describe_error(error)
            )

    async def _async_lower(self, offer: ReplyOffer, context: Context) -> None:
        """Request the lower setpoint."""
        if offer.lower is None:
            return
        try:
            await self._coordinator.commands.async_lower_setpoint(offer.lower, context)
        except Unauthorized:
            self._reopen(offer)
        except HomeAssistantError as error:
            _LOGGER.warning(
                "%s: the setpoint could not be lowered: %s",
                self._entry.title,
                describe_error(error),
            )

    @property
    def _unit(self) -> str:
        return self._hass.config.units.temperature_unit

    def _save(self) -> None:
        if self._file.is_unreadable:
            # The offers are saved when the file is readable.
            return
        data = {"asked": [asdict(offer) for offer in self._offers.values()]}
        self._entry.async_create_background_task(
            self._hass, self._file.async_save(data), f"{self._entry.title} replies"
        )


def _decode_offers(data: object) -> dict[str, ReplyOffer]:
    """Decode the offers; an invalid row is left out. Raises InvalidDataError."""
    match data:
        case {"asked": list(rows)}:
            return {offer.alert: offer for offer in map(_decode_offer, rows) if offer is not None}
    raise InvalidDataError


def _decode_offer(row: Any) -> ReplyOffer | None:  # noqa: ANN401
    match row:
        case {
            "alert": str(alert),
            "token": str(token),
            "lower": float() | int() | None as lower,
        } if alert in Alert and token:
            return ReplyOffer(alert, token, lower)
    return None


async def async_remove_replies(hass: HomeAssistant, entry_id: str) -> None:
    """Delete the offers of a removed guard."""
    await _file(hass, entry_id).async_remove()


def _file(hass: HomeAssistant, entry_id: str) -> GuardFile:
    return GuardFile(hass, entry_id, FileKind.REPLIES, ".replies")
