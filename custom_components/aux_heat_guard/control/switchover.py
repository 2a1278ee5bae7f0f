"""Switches what the user chose by the outdoor temperature, and puts it back exactly as it was; what was is on disk before it is switched."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
import logging
from typing import Any

from homeassistant.components.number import ATTR_MAX, ATTR_MIN
from homeassistant.components.select import ATTR_OPTION, ATTR_OPTIONS
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import (
    ATTR_ENTITY_ID,
    SERVICE_TURN_OFF,
    SERVICE_TURN_ON,
    STATE_OFF,
    STATE_ON,
)
from homeassistant.core import (
    CALLBACK_TYPE,
    Context,
    HomeAssistant,
    State,
    callback,
    split_entity_id,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_call_later

from ..core.model import SwitchoverKind
from ..core.persistence.json_values import InvalidDataError
from ..core.sense.values import read_number
from ..core.settings.protection import SWITCHOVER_DWELL
from ..files import FileKind, GuardFile, UnreadableFileError
from ..options.protection import SwitchTarget, read_switch_target
from ..sources.issues import async_report_unswitched
from ..sources.observe import get_available_state
from .service_calls import RELEASE_SECONDS, async_call, async_run_actions, describe_error

_LOGGER = logging.getLogger(__name__)

type SwitchRecord = dict[str, Any]
"""What was done: {"entity": what was switched or None, "value": to what, "was": its state before or None, "actions", "back": lists,
"id": the entity in the registry, by which it is found when it was renamed, or None}."""

COLUMNS = {"entity", "value", "was", "actions", "back"}
CONFIGURED_COLUMNS = ("entity", "value", "actions", "back")
"""The columns that the user chooses."""

NO_TARGET = SwitchTarget(None, "", (), ())
"""What is switched where nothing is chosen."""

SELECT_DOMAINS = frozenset({"select", "input_select"})
NUMBER_DOMAINS = frozenset({"number", "input_number"})
SWITCH_TIMEOUT_SECONDS = SWITCHOVER_DWELL.total_seconds()
"""How long it may take, with the pauses that actions make: by the outdoor temperature nothing else comes to be wanted before."""

RETRY_SECONDS = 300
"""Radios are back in minutes."""


def supports_value(state: State, value: str) -> bool:
    """Tell whether an entity can be switched to a value."""
    domain, attributes = split_entity_id(state.entity_id)[0], state.attributes
    if domain in SELECT_DOMAINS:
        return value in (attributes.get(ATTR_OPTIONS) or ())
    if domain in NUMBER_DOMAINS:
        figure, lowest, highest = (
            read_number(value),
            read_number(attributes.get(ATTR_MIN)),
            read_number(attributes.get(ATTR_MAX)),
        )
        return (
            figure is not None
            and (lowest is None or figure >= lowest)
            and (highest is None or figure <= highest)
        )
    return value.lower() in {STATE_ON, STATE_OFF}


def _describe_target(record: SwitchRecord) -> str:
    """Name what is switched: an entity, or else the actions that do it."""
    return record["entity"] or ", ".join(
        str(action.get("action", "…")) for action in (*record["actions"], *record["back"])
    )


class Switchover:
    """Switches for one guard."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        self._hass = hass
        self._entry = entry
        self._file = _file(hass, entry.entry_id)
        self._locks: defaultdict[SwitchoverKind, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._file_lock = asyncio.Lock()
        self._running: dict[SwitchoverKind, asyncio.Timeout] = {}
        self._target_states: dict[SwitchoverKind, bool] = {}
        self._retries: dict[SwitchoverKind, CALLBACK_TYPE] = {}
        self._failing: set[SwitchoverKind] = set()
        """Those that failed last time: each is logged once until it works again."""

    async def async_switch(self, switch: SwitchoverKind, *, on: bool) -> bool:
        """Switch one on, or put it back; where that fails it is told, and tried again until it works or something else is wanted.

        Tells whether it is done. What still runs for the same switch is broken off.
        """
        self._target_states[switch] = on
        self._cancel_retry(switch)
        running = self._running.get(switch)
        if running is not None and not running.expired():
            running.reschedule(self._hass.loop.time())
        async with self._locks[switch]:
            if self._target_states[switch] is not on:
                return False
            try:
                await self._async_switch_with_timeout(switch, on=on)
            except (HomeAssistantError, TimeoutError) as error:
                await self._async_handle_failure(switch, error, on=on)
                return False
            self._failing.discard(switch)
            async_report_unswitched(self._hass, self._entry, switch.value, None)
            return True

    async def async_apply_options(self, on: AbstractSet[SwitchoverKind]) -> None:
        """Take over what is chosen now: where something else was done, it is put back, and this is done if it is to be on."""
        for name, row in (await self._async_read_records()).items():
            switch = SwitchoverKind(name)
            if not self._matches_options(switch, row):
                await self.async_switch(switch, on=switch in on)

    async def async_restore(self, switches: Iterable[SwitchoverKind]) -> frozenset[SwitchoverKind]:
        """Put some back a last time, for nobody will look after them; tell which could not be."""
        left = set(switches)

        async def put_back(switch: SwitchoverKind) -> None:
            if await self.async_switch(switch, on=False):
                left.discard(switch)

        try:
            # Side by side: one that hangs must not keep the other from being put back.
            async with asyncio.timeout(RELEASE_SECONDS):
                await asyncio.gather(*map(put_back, tuple(left)))
        except TimeoutError:
            _LOGGER.warning("%s: what was switched was not put back in time", self._entry.title)
        for switch in SwitchoverKind:
            self._cancel_retry(switch)
        return frozenset(left)

    async def _async_switch_with_timeout(self, switch: SwitchoverKind, *, on: bool) -> None:
        try:
            async with asyncio.timeout(SWITCH_TIMEOUT_SECONDS) as self._running[switch]:
                await (self._async_turn_on(switch) if on else self._async_turn_back(switch))
        finally:
            del self._running[switch]

    async def _async_handle_failure(
        self, switch: SwitchoverKind, error: Exception, *, on: bool
    ) -> None:
        # What is still to be put back stands in the way of anything else.
        failing = (await self._async_read_records()).get(switch) or self._build_record(switch)
        if self._target_states[switch] is not on:
            return
        if switch not in self._failing:
            _LOGGER.warning(
                "%s: %s could not be switched: %s",
                self._entry.title,
                switch.value,
                describe_error(error),
            )
        self._failing.add(switch)
        async_report_unswitched(self._hass, self._entry, switch.value, _describe_target(failing))
        self._retries[switch] = async_call_later(
            self._hass, RETRY_SECONDS, self._retry_callback(switch, on=on)
        )

    def _retry_callback(self, switch: SwitchoverKind, *, on: bool) -> Callable[[datetime], None]:
        @callback
        def again(_now: datetime) -> None:
            self._retries.pop(switch, None)
            self._entry.async_create_background_task(
                self._hass, self.async_switch(switch, on=on), f"{self._entry.title} {switch}"
            )

        return again

    def _cancel_retry(self, switch: SwitchoverKind) -> None:
        if (cancel := self._retries.pop(switch, None)) is not None:
            cancel()

    async def _async_turn_on(self, switch: SwitchoverKind) -> None:
        chosen = self._build_record(switch)
        done = (await self._async_read_records()).get(switch)
        if done is not None and not self._matches_options(switch, done):
            await self._async_turn_back(switch)
            done = None
        entity_id = chosen["entity"]
        if entity_id is not None:
            state = self._require_available(entity_id)
            if not supports_value(state, chosen["value"]):
                raise HomeAssistantError(f"{entity_id} cannot be {chosen['value']}")
            # After a crash it may be on already: what it was before that counts.
            chosen["was"] = state.state if done is None else done["was"]
        await self._async_save_record(switch, chosen)
        await (
            self._async_run_actions(chosen["actions"])
            if entity_id is None
            else self._async_set_value(entity_id, chosen["value"])
        )

    async def _async_turn_back(self, switch: SwitchoverKind) -> None:
        done = (await self._async_read_records()).get(switch) or self._build_record(switch)
        entity_id = done["entity"]
        if entity_id is None:
            await self._async_run_actions(done["back"])
        elif done["was"] is not None and not self._is_replaced(switch, entity_id):
            self._require_available(entity_id)
            await self._async_set_value(entity_id, done["was"])
        await self._async_save_record(switch, None)

    async def _async_read_records(self) -> dict[str, SwitchRecord]:
        """Read what was done; a row that makes no sense was not, and of a file that cannot be read nothing is known."""
        try:
            rows = await self._file.async_read(_decode_records) or {}
        except UnreadableFileError:
            return {}
        return {name: self._with_current_entity_id(row) for name, row in rows.items()}

    def _with_current_entity_id(self, record: SwitchRecord) -> SwitchRecord:
        """Return what was done with the name that the entity has now."""
        registry_id = record.get("id")
        registered = (
            er.async_get(self._hass).async_get(registry_id)
            if isinstance(registry_id, str)
            else None
        )
        return {
            **record,
            "id": registry_id,
            "entity": registered.entity_id if registered else record["entity"],
        }

    def _matches_options(self, switch: SwitchoverKind, record: SwitchRecord) -> bool:
        """Return True if what was done is what is chosen now."""
        chosen = self._build_record(switch)
        return all(record[column] == chosen[column] for column in CONFIGURED_COLUMNS)

    async def _async_save_record(self, switch: SwitchoverKind, record: SwitchRecord | None) -> None:
        """Write down what is done. Raises UnreadableFileError: then it is tried again, as whatever cannot be switched is."""
        async with self._file_lock:
            others = {
                name: kept
                for name, kept in (await self._async_read_records()).items()
                if name != switch
            }
            await self._file.async_save(
                others if record is None else {**others, switch.value: record}
            )

    def _build_record(self, switch: SwitchoverKind) -> SwitchRecord:
        """Describe what is chosen."""
        chosen = read_switch_target(self._entry.options, switch) or NO_TARGET
        actions, back = (
            [dict(action) for action in sequence]
            for sequence in (chosen.actions, chosen.restore_actions)
        )
        registered = (
            er.async_get(self._hass).async_get(chosen.entity_id) if chosen.entity_id else None
        )
        registry_id = registered.id if registered else None
        return {
            "entity": chosen.entity_id,
            "value": chosen.value,
            "was": None,
            "actions": actions,
            "back": back,
            "id": registry_id,
        }

    def _is_replaced(self, switch: SwitchoverKind, entity_id: str) -> bool:
        """Tell whether an entity is no more, and something else was chosen in its place."""
        return (
            self._build_record(switch)["entity"] != entity_id
            and self._hass.states.get(entity_id) is None
        )

    def _require_available(self, entity_id: str) -> State:
        state = get_available_state(self._hass, entity_id)
        if state is None:
            raise HomeAssistantError(f"{entity_id} is not available")
        return state

    async def _async_set_value(self, entity_id: str, value: str) -> None:
        domain, _ = split_entity_id(entity_id)
        data: dict[str, Any] = {ATTR_ENTITY_ID: entity_id}
        if domain in SELECT_DOMAINS:
            await self._async_call(domain, "select_option", {**data, ATTR_OPTION: value})
        elif domain in NUMBER_DOMAINS:
            await self._async_call(domain, "set_value", {**data, "value": value})
        else:
            await self._async_call(
                domain, SERVICE_TURN_ON if value.lower() == STATE_ON else SERVICE_TURN_OFF, data
            )

    async def _async_call(self, domain: str, action: str, data: Mapping[str, Any]) -> None:
        await async_call(self._hass, domain, action, data, context=Context())

    async def _async_run_actions(self, actions: Sequence[Mapping[str, Any]]) -> None:
        await async_run_actions(self._hass, f"{self._entry.title} switch", actions)


async def async_remove_switch_records(hass: HomeAssistant, entry_id: str) -> None:
    """Delete what a guard that is no more remembered."""
    await _file(hass, entry_id).async_remove()


def _decode_records(data: object) -> dict[str, SwitchRecord]:
    """Read what was done. Raises UnsoundError."""
    if not isinstance(data, Mapping):
        raise InvalidDataError
    return {
        name: row
        for name, row in data.items()
        if name in SwitchoverKind and isinstance(row, dict) and row.keys() - {"id"} == COLUMNS
    }


def _file(hass: HomeAssistant, entry_id: str) -> GuardFile:
    return GuardFile(hass, entry_id, FileKind.SWITCHES, ".switches")
