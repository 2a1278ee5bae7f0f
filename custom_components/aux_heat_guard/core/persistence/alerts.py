"""The alerts as JSON and back. An alert that cannot be decoded is dropped; the others are kept.

{"allowed_until": s | null, "summary_due": s | null, "states": {alert: state, ...}}
state: [[[since s | null, unknown since s | null], ...], episode | null, needs rearm,
    last notified s | null, snoozed until s | null, accepted as normal]
episode: [raised s, severity, initial facts | null where they equal the facts, facts,
    variant | null, expected, acknowledged, notified s | null, over since s | null, can be normal]
facts: {name and suffix of the unit: number | text | {"at": s}, ...}
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..alerts.facts import Fact, Facts, Quantity, Unit
from ..alerts.state import NO_ALERTS, Alerts, AlertState, Episode, Pending
from ..model import Alert, Severity
from .json_values import (
    InvalidDataError,
    Json,
    decode_instant,
    decode_list,
    decode_number,
    decode_optional_instant,
    encode_instant,
    limit_number,
)
from .tracker import DECIMALS, decode_or_default

MAX_TEXT_LENGTH = 200
"""The longest text of a fact, in characters."""

SUFFIXES = {
    Unit.SECONDS: "_s",
    Unit.TEMPERATURE: "_c",
    Unit.SETPOINT: "_c",
    Unit.DIFFERENCE: "_k",
    Unit.PERCENT: "_pct",
}
"""The suffix of a quantity's key in the file, by its unit; other units have none."""

SETPOINT_NAMES = frozenset({"applied", "setpoint"})
"""Names of the temperatures that are setpoints, which have the same suffix."""

UNITS_BY_NAME = {"kwh": Unit.ENERGY, "money": Unit.MONEY}
"""Units of the quantities without a suffix."""

INSTANT_SUFFIX = "_at"


def encode_alerts(alerts: Alerts) -> Json:
    """Return the alerts as JSON."""
    return {
        "allowed_until": encode_instant(alerts.allowed_until),
        "summary_due": encode_instant(alerts.summary_due),
        "states": {alert.value: _encode_state(state) for alert, state in alerts.states.items()},
    }


def decode_alerts(data: object) -> Alerts:
    """Return the alerts from JSON."""
    if not isinstance(data, Mapping):
        return NO_ALERTS
    states = data.get("states")
    stored = states.items() if isinstance(states, Mapping) else ()
    decoded = {
        Alert(name): decode_or_default(_decode_state, state, None)
        for name, state in stored
        if name in Alert
    }
    return Alerts(
        {alert: state for alert, state in decoded.items() if state is not None},
        decode_or_default(decode_optional_instant, data.get("allowed_until"), None),
        decode_or_default(decode_optional_instant, data.get("summary_due"), None),
    )


def _encode_state(state: AlertState) -> list[Any]:
    return [
        [
            [encode_instant(pending.since), encode_instant(pending.unknown_since)]
            for pending in state.pendings
        ],
        None if state.episode is None else _encode_episode(state.episode),
        state.needs_rearm,
        encode_instant(state.last_notified_at),
        encode_instant(state.snoozed_until),
        state.is_accepted_as_normal,
    ]


def _decode_state(data: object) -> AlertState:
    match data:
        case [
            pendings,
            episode,
            bool(needs_rearm),
            last_notified_at,
            snoozed_until,
            bool(is_normal),
        ]:
            return AlertState(
                pendings=tuple(_decode_pending(pending) for pending in decode_list(pendings)),
                episode=None if episode is None else _decode_episode(episode),
                needs_rearm=needs_rearm,
                last_notified_at=decode_optional_instant(last_notified_at),
                snoozed_until=decode_optional_instant(snoozed_until),
                is_accepted_as_normal=is_normal,
            )
    raise InvalidDataError


def _decode_pending(data: object) -> Pending:
    match data:
        case [since, unknown_since]:
            return Pending(decode_optional_instant(since), decode_optional_instant(unknown_since))
    raise InvalidDataError


def _encode_episode(episode: Episode) -> list[Any]:
    return [
        episode.raised_at.timestamp(),
        episode.severity.value,
        # Mostly nothing has changed since the alert was raised.
        None if episode.initial_facts == episode.facts else _encode_facts(episode.initial_facts),
        _encode_facts(episode.facts),
        episode.variant,
        episode.is_expected,
        episode.is_acknowledged,
        encode_instant(episode.notified_at),
        encode_instant(episode.over_since),
        episode.can_be_normal,
    ]


def _decode_episode(data: object) -> Episode:
    match data:
        case [
            raised_at,
            str(severity),
            initial_facts,
            facts,
            str() | None as variant,
            bool(is_expected),
            bool(is_acknowledged),
            notified_at,
            over_since,
            bool(can_be_normal),
        ] if severity in Severity:
            return Episode(
                raised_at=decode_instant(raised_at),
                severity=Severity(severity),
                initial_facts=_decode_facts(facts if initial_facts is None else initial_facts),
                facts=_decode_facts(facts),
                variant=variant,
                is_expected=is_expected,
                is_acknowledged=is_acknowledged,
                notified_at=decode_optional_instant(notified_at),
                over_since=decode_optional_instant(over_since),
                can_be_normal=can_be_normal,
            )
    raise InvalidDataError


def _encode_facts(facts: Facts) -> Json:
    return dict(_encode_fact(name, fact) for name, fact in facts.items())


def _encode_fact(name: str, fact: Fact) -> tuple[str, Json | float | str]:
    if isinstance(fact, str):
        return name, fact[:MAX_TEXT_LENGTH]
    if isinstance(fact, datetime):
        return f"{name}{INSTANT_SUFFIX}", {"at": fact.timestamp()}
    return f"{name}{SUFFIXES.get(fact.unit, '')}", round(limit_number(fact.value), DECIMALS)


def _decode_facts(data: object) -> Facts:
    if not isinstance(data, Mapping):
        raise InvalidDataError
    return dict(_decode_fact(str(key), value) for key, value in data.items())


def _decode_fact(key: str, value: Any) -> tuple[str, Fact]:  # noqa: ANN401
    match value:
        case str() if len(value) <= MAX_TEXT_LENGTH:
            return key, value
        case {"at": at}:
            return key.removesuffix(INSTANT_SUFFIX), decode_instant(at)
    number = round(decode_number(value), DECIMALS)
    name, unit = _split_key(key)
    return name, Quantity(number, unit)


def _split_key(key: str) -> tuple[str, Unit]:
    """Return the name of a stored quantity, and its unit."""
    if key in UNITS_BY_NAME:
        return key, UNITS_BY_NAME[key]
    for unit, suffix in SUFFIXES.items():
        if key.endswith(suffix):
            name = key.removesuffix(suffix)
            is_setpoint = unit is Unit.TEMPERATURE and name in SETPOINT_NAMES
            return name, Unit.SETPOINT if is_setpoint else unit
    return key, Unit.COUNT
