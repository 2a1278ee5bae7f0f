"""Delivers alerts: on the bus, in Home Assistant, on phones, and by the user's own actions."""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Mapping
import logging
from typing import Any

from homeassistant.components import persistent_notification
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from ..const import DOMAIN, EVENT_ALERT
from ..control.service_calls import async_call, async_run_actions, describe_error
from ..coordinator import GuardConfigEntry
from ..core.alerts.events import AlertEvent, EventType
from ..core.alerts.facts import number_of
from ..core.alerts.lower_setpoint import suggest_setpoint
from ..core.alerts.rules import RULES
from ..core.alerts.state import ActiveAlert
from ..core.model import Alert, Severity
from ..options.alerts import Channels
from ..reporting.messages import SUMMARY, Messages, Notification, export_figures
from ..sources.issues import async_report_blind
from ..sources.mirror import heating_setpoint
from .replies import ALLOW, LOWER, SET, SNOOZE, Replies

_LOGGER = logging.getLogger(__name__)

NOTIFY = "notify"
GROUP = DOMAIN
NOTIFIED_TYPES = frozenset(
    {EventType.NOTIFIED, EventType.REMINDED, EventType.CHANGED, EventType.SUMMARY}
)
"""The events that people are notified of; the rest is only on the bus and in the entities."""

CLEAR_MESSAGE = "clear_notification"
"""The message by which the companion app removes a notification."""


@callback
def async_dismiss_notifications(hass: HomeAssistant, entry_id: str) -> None:
    """Dismiss the notifications of a removed guard."""
    for alert in (*Alert, None):
        persistent_notification.async_dismiss(hass, _tag(entry_id, alert))


def _tag(entry_id: str, alert: Alert | None) -> str:
    return f"{DOMAIN}_{entry_id}_{SUMMARY if alert is None else alert.value}"


class Notifier:
    """Delivers the alerts of one guard."""

    def __init__(self, hass: HomeAssistant, entry: GuardConfigEntry, replies: Replies) -> None:
        self._hass = hass
        self._entry = entry
        self._coordinator = entry.runtime_data
        self._replies = replies
        self._notified: set[Alert | None] = set()
        self._ha_started = asyncio.Event()
        """Until then, the chosen notify actions may not exist yet."""
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        """One for each recipient: a notification must not overtake the one it replaces."""
        self._failing: set[str] = set()
        """The recipients of failed deliveries: each is logged once until it works again."""

    @property
    def _messages(self) -> Messages:
        return Messages(self._hass, self._coordinator.guard_config.settings.zone)

    @callback
    def async_recreate_notifications(self, _hass: HomeAssistant) -> None:
        """Recreate the notifications after a restart, and send what waited for the start.

        Home Assistant keeps no notifications over a restart.
        """
        self._ha_started.set()
        states = self._coordinator.alerts.states
        for raised in self._coordinator.data.alerts.active:
            alert = raised.alert
            episode = states[alert].episode
            if (
                episode is not None
                and episode.notified_at is not None
                and not self._is_settled(raised)
            ):
                alert_event = AlertEvent(
                    event_type=EventType.NOTIFIED,
                    alert=alert,
                    severity=episode.severity,
                    facts=episode.facts,
                    variant=episode.variant,
                )
                self._create_notification(
                    alert_event, self._messages.alert_notification(alert_event)
                )
            self._update_repair(alert, is_raised=True)

    @callback
    def async_dismiss_settled(self) -> None:
        """Dismiss the notifications of alerts that are acknowledged or snoozed."""
        for raised in self._coordinator.data.alerts.active:
            if raised.alert in self._notified and self._is_settled(raised):
                self._dismiss(raised.alert)

    @staticmethod
    def _is_settled(raised: ActiveAlert) -> bool:
        snoozed = raised.snoozed_until
        return raised.is_acknowledged or (snoozed is not None and snoozed > dt_util.utcnow())

    @callback
    def async_notify(self, alert_event: AlertEvent) -> None:
        """Deliver an alert event."""
        notification = self._messages.alert_notification(alert_event)
        self._fire(alert_event, notification)
        if alert_event.alert is not None and alert_event.event_type in {
            EventType.RAISED,
            EventType.CLEARED,
        }:
            self._update_repair(
                alert_event.alert, is_raised=alert_event.event_type is EventType.RAISED
            )
        if alert_event.event_type is EventType.CLEARED:
            if alert_event.was_notified or alert_event.alert in self._notified:
                self._dismiss(alert_event.alert)
        elif alert_event.event_type in NOTIFIED_TYPES:
            self._create_notification(alert_event, notification)
            self._send(alert_event, notification)

    def _fire(self, alert_event: AlertEvent, notification: Notification) -> None:
        self._hass.bus.async_fire(EVENT_ALERT, self._event_data(alert_event, notification))

    def _event_data(self, alert_event: AlertEvent, notification: Notification) -> dict[str, Any]:
        return {
            "config_entry_id": self._entry.entry_id,
            "device_id": self._coordinator.device.id,
            "name": self._entry.title,
            "alert": SUMMARY if alert_event.alert is None else alert_event.alert.value,
            "notice": alert_event.event_type.value,
            "severity": alert_event.severity.value,
            "title": notification.title,
            "message": notification.message,
            "figures": dict(
                export_figures(alert_event.facts, self._hass.config.units.temperature_unit)
            ),
        }

    def _update_repair(self, alert: Alert, *, is_raised: bool) -> None:
        if alert is Alert.MISSING_DATA:
            async_report_blind(self._hass, self._entry, is_blind=is_raised)

    def _create_notification(self, alert_event: AlertEvent, notification: Notification) -> None:
        self._notified.add(alert_event.alert)
        if self._channels.persistent:
            persistent_notification.async_create(
                self._hass,
                notification.message,
                self._full_title(notification),
                self._tag(alert_event.alert),
            )

    def _dismiss(self, alert: Alert | None) -> None:
        """Dismiss a notification: its alert is over or settled."""
        tag = self._tag(alert)
        self._notified.discard(alert)
        persistent_notification.async_dismiss(self._hass, tag)
        self._replies.async_withdraw(alert)
        for phone in self._channels.phones:
            self._start_task(
                self._call_notify(phone, {"message": CLEAR_MESSAGE, "data": {"tag": tag}}), phone
            )

    def _send(self, alert_event: AlertEvent, notification: Notification) -> None:
        channels, title = self._channels, self._full_title(notification)
        for phone in channels.phones:
            data = {
                "title": title,
                "message": notification.message,
                "data": self._phone_data(alert_event),
            }
            self._start_task(self._call_notify(phone, data), phone)
        if channels.entities:
            data = {
                "title": title,
                "message": notification.message,
                ATTR_ENTITY_ID: list(channels.entities),
            }
            self._start_task(self._call_notify("send_message", data), ", ".join(channels.entities))
        if channels.actions:
            self._start_task(
                self._run_actions(channels, self._event_data(alert_event, notification)), "actions"
            )

    def _phone_data(self, alert_event: AlertEvent) -> dict[str, Any]:
        """Return the data for the companion app.

        The notification replaces an earlier one of the same alert, and has buttons.
        """
        is_critical = alert_event.severity is Severity.CRITICAL
        page = f"/config/devices/device/{self._coordinator.device.id}"
        return {
            "tag": self._tag(alert_event.alert),
            "group": GROUP,
            "channel": "AUX Heat Guard",
            "importance": "high" if is_critical else "default",
            "alert_once": alert_event.event_type is EventType.CHANGED,
            "push": {"interruption-level": "time-sensitive" if is_critical else "active"},
            **({"ttl": 0, "priority": "high"} if is_critical else {}),
            "url": page,
            "clickAction": page,
            "actions": [
                *self._buttons(alert_event),
                {"action": "URI", "title": self._messages.button_title("open"), "uri": page},
            ],
        }

    def _buttons(self, alert_event: AlertEvent) -> list[dict[str, str]]:
        alert = alert_event.alert
        if alert is None:
            return []
        offered = (
            self._proposed_setpoint(alert_event)
            if alert is Alert.ADVICE
            else self._lower_setpoint(alert, alert_event)
        )
        reply = self._replies.async_offer(alert, offered)
        setpoint_verb = SET if alert is Alert.ADVICE else LOWER
        verbs = {
            setpoint_verb: offered is not None,
            SNOOZE: True,
            ALLOW: RULES[alert].waits_while_allowed,
        }
        placeholders = (
            {} if offered is None else {"temperature": self._replies.format_setpoint(offered)}
        )
        messages = self._messages
        return [
            {"action": reply.action_id(verb), "title": messages.button_title(verb, **placeholders)}
            for verb, is_offered in verbs.items()
            if is_offered
        ]

    def _lower_setpoint(self, alert: Alert, alert_event: AlertEvent) -> float | None:
        """Return a lower setpoint to offer, °C; None if there is none."""
        setpoint = heating_setpoint(
            self._coordinator.thermostat, self._hass.config.units.temperature_unit
        )
        suggested = (
            None if setpoint is None else suggest_setpoint(alert, setpoint, alert_event.facts)
        )
        return None if suggested is None else self._replies.offered_setpoint(suggested)

    @staticmethod
    def _proposed_setpoint(alert_event: AlertEvent) -> float | None:
        return number_of(alert_event.facts.get("applied"))

    async def _call_notify(self, name: str, data: Mapping[str, Any]) -> None:
        async with self._locks[name]:
            await self._ha_started.wait()
            await async_call(self._hass, NOTIFY, name, data)

    async def _run_actions(self, channels: Channels, variables: dict[str, Any]) -> None:
        await self._ha_started.wait()
        await async_run_actions(
            self._hass, f"{self._entry.title} alert", channels.actions, variables
        )

    def _start_task(self, sending: Coroutine[Any, Any, None], recipient: str) -> None:
        self._entry.async_create_background_task(
            self._hass, self._async_send(sending, recipient), f"{self._entry.title} notice"
        )

    async def _async_send(self, sending: Coroutine[Any, Any, None], recipient: str) -> None:
        try:
            await sending
        except HomeAssistantError as error:
            if recipient not in self._failing:
                _LOGGER.warning(
                    "%s: an alert could not be sent to %s: %s",
                    self._entry.title,
                    recipient,
                    describe_error(error),
                )
            self._failing.add(recipient)
        else:
            self._failing.discard(recipient)

    @property
    def _channels(self) -> Channels:
        return self._coordinator.guard_config.channels

    def _full_title(self, notification: Notification) -> str:
        """Return the title, with the name of the guard if there are several guards."""
        others = self._hass.config_entries.async_loaded_entries(DOMAIN)
        return (
            notification.title
            if len(others) <= 1
            else f"{notification.title} \N{MIDDLE DOT} {self._entry.title}"
        )

    def _tag(self, alert: Alert | None) -> str:
        return _tag(self._entry.entry_id, alert)
