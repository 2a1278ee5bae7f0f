"""Tells people what happens to alerts: on the bus, in Home Assistant, on phones, and by whatever the user chose."""

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
from ..core.alerts.lifecycle import Happening, Notice, Raised
from ..core.alerts.lower_setpoint import lowered
from ..core.model import Alert, Severity
from ..core.settings.alerts import HAND_PARDON
from ..options.alerts import Channels
from ..reporting.messages import SUMMARY, Texts, Told, figures
from ..sources.issues import async_report_blind
from ..sources.mirror import heating_setpoint
from .replies import ALLOW, LOWER, SET, SNOOZE, Replies

_LOGGER = logging.getLogger(__name__)

NOTIFY = "notify"
GROUP = DOMAIN
TOLD = frozenset({Notice.TOLD, Notice.REMINDED, Notice.CHANGED, Notice.SUMMARY})
"""What people are told; the rest is only on the bus and in the entities."""

CLEAR = "clear_notification"
"""The companion app's own word."""


@callback
def async_forget_notices(hass: HomeAssistant, entry_id: str) -> None:
    """Let go of what a guard that is no more has told in Home Assistant."""
    for alert in (*Alert, None):
        persistent_notification.async_dismiss(hass, _tag(entry_id, alert))


def _tag(entry_id: str, alert: Alert | None) -> str:
    return f"{DOMAIN}_{entry_id}_{SUMMARY if alert is None else alert.value}"


class Announcer:
    """Tells of the alerts of one guard."""

    def __init__(self, hass: HomeAssistant, entry: GuardConfigEntry, replies: Replies) -> None:
        self._hass = hass
        self._entry = entry
        self._coordinator = entry.runtime_data
        self._replies = replies
        self._told: set[Alert | None] = set()
        self._started = asyncio.Event()
        """Before, what the user chose to be told by may not be there yet."""
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        """A notice must not overtake the one it takes back."""
        self._failing: set[str] = set()
        """The recipients that could not be reached last time: each is logged once until it works again."""

    @property
    def _texts(self) -> Texts:
        return Texts(self._hass, self._coordinator.guarded.settings.zone)

    @callback
    def async_show_again(self, _hass: HomeAssistant) -> None:
        """Put back into Home Assistant what was told before it was restarted: it keeps no notifications. Send what waited for that."""
        self._started.set()
        states = self._coordinator.alerts.states
        for raised in self._coordinator.data.alerts.raised:
            alert, episode = raised.alert, states[raised.alert].episode
            if episode is not None and episode.told is not None and not self._is_settled(raised):
                happening = Happening(
                    Notice.TOLD, alert, episode.severity, episode.facts, episode.variant
                )
                self._show(happening, self._texts.told(happening))
            self._repair(alert, is_raised=True)

    @callback
    def async_settle(self) -> None:
        """Take back what somebody has answered or snoozed since."""
        for raised in self._coordinator.data.alerts.raised:
            if raised.alert in self._told and self._is_settled(raised):
                self._take_back(raised.alert)

    @staticmethod
    def _is_settled(raised: Raised) -> bool:
        snoozed = raised.snoozed_until
        return raised.answered or (snoozed is not None and snoozed > dt_util.utcnow())

    @callback
    def async_announce(self, happening: Happening) -> None:
        """Tell of what happened to an alert."""
        told = self._texts.told(happening)
        self._fire(happening, told)
        if happening.alert is not None and happening.notice in {Notice.RAISED, Notice.CLEARED}:
            self._repair(happening.alert, is_raised=happening.notice is Notice.RAISED)
        if happening.notice is Notice.CLEARED:
            if happening.was_told or happening.alert in self._told:
                self._take_back(happening.alert)
        elif happening.notice in TOLD:
            self._show(happening, told)
            self._send(happening, told)

    def _fire(self, happening: Happening, told: Told) -> None:
        self._hass.bus.async_fire(EVENT_ALERT, self._described(happening, told))

    def _described(self, happening: Happening, told: Told) -> dict[str, Any]:
        return {
            "config_entry_id": self._entry.entry_id,
            "device_id": self._coordinator.device.id,
            "name": self._entry.title,
            "alert": SUMMARY if happening.alert is None else happening.alert.value,
            "notice": happening.notice.value,
            "severity": happening.severity.value,
            "title": told.title,
            "message": told.message,
            "figures": dict(figures(happening.facts, self._hass.config.units.temperature_unit)),
        }

    def _repair(self, alert: Alert, *, is_raised: bool) -> None:
        if alert is Alert.BLIND:
            async_report_blind(self._hass, self._entry, is_blind=is_raised)

    def _show(self, happening: Happening, told: Told) -> None:
        self._told.add(happening.alert)
        if self._channels.persistent:
            persistent_notification.async_create(
                self._hass, told.message, self._titled(told), self._tag(happening.alert)
            )

    def _take_back(self, alert: Alert | None) -> None:
        """Let go of what was told: it is over, or somebody knows."""
        tag = self._tag(alert)
        self._told.discard(alert)
        persistent_notification.async_dismiss(self._hass, tag)
        self._replies.async_forget(alert)
        for phone in self._channels.phones:
            self._do(self._call(phone, {"message": CLEAR, "data": {"tag": tag}}), phone)

    def _send(self, happening: Happening, told: Told) -> None:
        channels, title = self._channels, self._titled(told)
        for phone in channels.phones:
            data = {"title": title, "message": told.message, "data": self._data(happening)}
            self._do(self._call(phone, data), phone)
        if channels.entities:
            data = {
                "title": title,
                "message": told.message,
                ATTR_ENTITY_ID: list(channels.entities),
            }
            self._do(self._call("send_message", data), ", ".join(channels.entities))
        if channels.actions:
            self._do(self._run(channels, self._described(happening, told)), "actions")

    def _data(self, happening: Happening) -> dict[str, Any]:
        """Make what the companion app needs: the notice is put in the place of an earlier one of the same alert, and has buttons."""
        is_critical = happening.severity is Severity.CRITICAL
        page = f"/config/devices/device/{self._coordinator.device.id}"
        return {
            "tag": self._tag(happening.alert),
            "group": GROUP,
            "channel": "AUX Heat Guard",
            "importance": "high" if is_critical else "default",
            "alert_once": happening.notice is Notice.CHANGED,
            "push": {"interruption-level": "time-sensitive" if is_critical else "active"},
            **({"ttl": 0, "priority": "high"} if is_critical else {}),
            "url": page,
            "clickAction": page,
            "actions": [
                *self._buttons(happening),
                {"action": "URI", "title": self._texts.button("open"), "uri": page},
            ],
        }

    def _buttons(self, happening: Happening) -> list[dict[str, str]]:
        alert = happening.alert
        if alert is None:
            return []
        offered = (
            self._proposed(happening) if alert is Alert.ADVICE else self._lower(alert, happening)
        )
        reply = self._replies.async_ask(alert, offered)
        moves = SET if alert is Alert.ADVICE else LOWER
        verbs = {moves: offered is not None, SNOOZE: True, ALLOW: alert in HAND_PARDON}
        words = {} if offered is None else {"temperature": self._replies.shown(offered)}
        texts = self._texts
        return [
            {"action": reply.action(verb), "title": texts.button(verb, **words)}
            for verb, is_offered in verbs.items()
            if is_offered
        ]

    def _lower(self, alert: Alert, happening: Happening) -> float | None:
        """Find a lower setpoint to offer, °C."""
        setpoint = heating_setpoint(
            self._coordinator.thermostat, self._hass.config.units.temperature_unit
        )
        wanted = None if setpoint is None else lowered(alert, setpoint, happening.facts)
        return None if wanted is None else self._replies.offered(wanted)

    @staticmethod
    def _proposed(happening: Happening) -> float | None:
        applied = happening.facts.get("applied_c")
        return applied if isinstance(applied, float) else None

    async def _call(self, name: str, data: Mapping[str, Any]) -> None:
        async with self._turns[name]:
            await self._started.wait()
            await async_call(self._hass, NOTIFY, name, data)

    async def _run(self, channels: Channels, variables: dict[str, Any]) -> None:
        await self._started.wait()
        await async_run_actions(
            self._hass, f"{self._entry.title} alert", channels.actions, variables
        )

    def _do(self, sending: Coroutine[Any, Any, None], where: str) -> None:
        self._entry.async_create_background_task(
            self._hass, self._async_sent(sending, where), f"{self._entry.title} notice"
        )

    async def _async_sent(self, sending: Coroutine[Any, Any, None], where: str) -> None:
        try:
            await sending
        except HomeAssistantError as error:
            if where not in self._failing:
                _LOGGER.warning(
                    "%s: an alert could not be sent to %s: %s",
                    self._entry.title,
                    where,
                    describe_error(error),
                )
            self._failing.add(where)
        else:
            self._failing.discard(where)

    @property
    def _channels(self) -> Channels:
        return self._coordinator.guarded.channels

    def _titled(self, told: Told) -> str:
        """Name the guard as well, where there are several."""
        others = self._hass.config_entries.async_loaded_entries(DOMAIN)
        return (
            told.title if len(others) <= 1 else f"{told.title} \N{MIDDLE DOT} {self._entry.title}"
        )

    def _tag(self, alert: Alert | None) -> str:
        return _tag(self._entry.entry_id, alert)
