"""Switches the furnace or the aux lockout by outdoor temperature, and restores it exactly.

The state before a switchover is saved before anything is switched.
"""

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
"""A completed switchover, as it is stored: {"entity": the switched entity or None, "value": its new
state, "was": its state before or None, "actions", "back": lists of actions, "id": the registry id,
by which a renamed entity is found, or None}."""

COLUMNS = {"entity", "value", "was", "actions", "back"}
CONFIGURED_COLUMNS = ("entity", "value", "actions", "back")
"""The columns that come from the options."""

NO_TARGET = SwitchTarget(entity_id=None, value="", actions=(), restore_actions=())
"""The target if none is configured."""

SELECT_DOMAINS = frozenset({"select", "input_select"})
NUMBER_DOMAINS = frozenset({"number", "input_number"})
SWITCH_TIMEOUT_SECONDS = SWITCHOVER_DWELL.total_seconds()
"""How long a switchover may take, with the pauses of its actions: no other is due before."""

RETRY_SECONDS = 300
"""A radio is back within minutes."""


def supports_value(state: State, value: str) -> bool:
    """Return True if an entity can be switched to a value."""
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


def _target_name(record: SwitchRecord) -> str:
    """Return the name of the switched entity, or else of the actions that switch."""
    return record["entity"] or ", ".join(
        str(action.get("action", "…")) for action in (*record["actions"], *record["back"])
    )


class Switchover:
    """Carries out the switchovers of one guard."""

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
        """The switchovers that failed last time: each is logged once until it works again."""

    async def async_switch(self, kind: SwitchoverKind, *, on: bool) -> bool:
        """Turn a switchover on or off; return True if that is done.

        A failure is reported, and tried again until it works or the opposite is requested. A run of
        the same switchover that is still in progress is canceled.
        """
        self._target_states[kind] = on
        self._cancel_retry(kind)
        running = self._running.get(kind)
        if running is not None and not running.expired():
            running.reschedule(self._hass.loop.time())
        async with self._locks[kind]:
            if self._target_states[kind] is not on:
                return False
            try:
                await self._async_switch_with_timeout(kind, on=on)
            except (HomeAssistantError, TimeoutError) as error:
                await self._async_handle_failure(kind, error, on=on)
                return False
            self._failing.discard(kind)
            async_report_unswitched(self._hass, self._entry, kind.value, None)
            return True

    async def async_apply_options(self, on: AbstractSet[SwitchoverKind]) -> None:
        """Restore what earlier options switched; switch again what the present options have on."""
        for name, record in (await self._async_read_records()).items():
            kind = SwitchoverKind(name)
            if not self._matches_options(kind, record):
                await self.async_switch(kind, on=kind in on)

    async def async_restore(self, kinds: Iterable[SwitchoverKind]) -> frozenset[SwitchoverKind]:
        """Restore some switchovers at the end of the guard; return those that failed."""
        failed = set(kinds)

        async def restore(kind: SwitchoverKind) -> None:
            if await self.async_switch(kind, on=False):
                failed.discard(kind)

        try:
            # In parallel: one that hangs must not keep the other from being restored.
            async with asyncio.timeout(RELEASE_SECONDS):
                await asyncio.gather(*map(restore, tuple(failed)))
        except TimeoutError:
            _LOGGER.warning("%s: what was switched was not put back in time", self._entry.title)
        for kind in SwitchoverKind:
            self._cancel_retry(kind)
        return frozenset(failed)

    async def _async_switch_with_timeout(self, kind: SwitchoverKind, *, on: bool) -> None:
        try:
            async with asyncio.timeout(SWITCH_TIMEOUT_SECONDS) as self._running[kind]:
                await (self._async_turn_on(kind) if on else self._async_turn_off(kind))
        finally:
            del self._running[kind]

    async def _async_handle_failure(
        self, kind: SwitchoverKind, error: Exception, *, on: bool
    ) -> None:
        # Report a stored target first: it must be restored before the configured one is switched.
        failing = (await self._async_read_records()).get(kind) or self._build_record(kind)
        if self._target_states[kind] is not on:
            return
        if kind not in self._failing:
            _LOGGER.warning(
                "%s: %s could not be switched: %s",
                self._entry.title,
                kind.value,
                describe_error(error),
            )
        self._failing.add(kind)
        async_report_unswitched(self._hass, self._entry, kind.value, _target_name(failing))
        self._retries[kind] = async_call_later(
            self._hass, RETRY_SECONDS, self._retry_callback(kind, on=on)
        )

    def _retry_callback(self, kind: SwitchoverKind, *, on: bool) -> Callable[[datetime], None]:
        @callback
        def retry(_now: datetime) -> None:
            self._retries.pop(kind, None)
            self._entry.async_create_background_task(
                self._hass, self.async_switch(kind, on=on), f"{self._entry.title} {kind}"
            )

        return retry

    def _cancel_retry(self, kind: SwitchoverKind) -> None:
        if (cancel := self._retries.pop(kind, None)) is not None:
            cancel()

    async def _async_turn_on(self, kind: SwitchoverKind) -> None:
        configured = self._build_record(kind)
        record = (await self._async_read_records()).get(kind)
        if record is not None and not self._matches_options(kind, record):
            await self._async_turn_off(kind)
            record = None
        entity_id = configured["entity"]
        if entity_id is not None:
            state = self._require_available(entity_id)
            if not supports_value(state, configured["value"]):
                raise HomeAssistantError(f"{entity_id} cannot be {configured['value']}")
            # After a crash the entity may be on already: its state before that is to be restored.
            configured["was"] = state.state if record is None else record["was"]
        await self._async_save_record(kind, configured)
        await (
            self._async_run_actions(configured["actions"])
            if entity_id is None
            else self._async_set_value(entity_id, configured["value"])
        )

    async def _async_turn_off(self, kind: SwitchoverKind) -> None:
        record = (await self._async_read_records()).get(kind) or self._build_record(kind)
        entity_id = record["entity"]
        if entity_id is None:
            await self._async_run_actions(record["back"])
        elif record["was"] is not None and not self._is_replaced(kind, entity_id):
            self._require_available(entity_id)
            await self._async_set_value(entity_id, record["was"])
        await self._async_save_record(kind, None)

    async def _async_read_records(self) -> dict[str, SwitchRecord]:
        """Return the valid records; none if the file is unreadable."""
        try:
            records = await self._file.async_read(_decode_records) or {}
        except UnreadableFileError:
            return {}
        return {name: self._with_current_entity_id(record) for name, record in records.items()}

    def _with_current_entity_id(self, record: SwitchRecord) -> SwitchRecord:
        """Return a record with the present id of its entity, which may have been renamed."""
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

    def _matches_options(self, kind: SwitchoverKind, record: SwitchRecord) -> bool:
        """Return True if a record was made by the present options."""
        configured = self._build_record(kind)
        return all(record[column] == configured[column] for column in CONFIGURED_COLUMNS)

    async def _async_save_record(self, kind: SwitchoverKind, record: SwitchRecord | None) -> None:
        """Save the record of a switchover, or delete it if None.

        Raises UnreadableFileError; the switchover is then tried again, as after any failure.
        """
        async with self._file_lock:
            others = {
                name: other
                for name, other in (await self._async_read_records()).items()
                if name != kind
            }
            await self._file.async_save(
                others if record is None else {**others, kind.value: record}
            )

    def _build_record(self, kind: SwitchoverKind) -> SwitchRecord:
        """Return the record of the present options."""
        configured = read_switch_target(self._entry.options, kind) or NO_TARGET
        actions, back = (
            [dict(action) for action in sequence]
            for sequence in (configured.actions, configured.restore_actions)
        )
        registered = (
            er.async_get(self._hass).async_get(configured.entity_id)
            if configured.entity_id
            else None
        )
        registry_id = registered.id if registered else None
        return {
            "entity": configured.entity_id,
            "value": configured.value,
            "was": None,
            "actions": actions,
            "back": back,
            "id": registry_id,
        }

    def _is_replaced(self, kind: SwitchoverKind, entity_id: str) -> bool:
        """Return True if an entity is gone and the user chose another target."""
        return (
            self._build_record(kind)["entity"] != entity_id
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
    """Delete the records of a removed guard."""
    await _file(hass, entry_id).async_remove()


def _decode_records(data: object) -> dict[str, SwitchRecord]:
    """Decode the records. Raises InvalidDataError."""
    if not isinstance(data, Mapping):
        raise InvalidDataError
    return {
        name: record
        for name, record in data.items()
        if name in SwitchoverKind and isinstance(record, dict) and record.keys() - {"id"} == COLUMNS
    }


def _file(hass: HomeAssistant, entry_id: str) -> GuardFile:
    return GuardFile(hass, entry_id, FileKind.SWITCHES, ".switches")
