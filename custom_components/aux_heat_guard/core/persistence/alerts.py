"""The alerts as JSON and back. What cannot be read is forgotten, alert by alert.

{"allowed_until": s | null, "summary_due": s | null, "states": {alert: state, ...}}
state: [[[since s | null, unseen s | null], ...], episode | null, spent, last told s | null, snoozed until s | null, known]
episode: [raised s, severity, facts when it began | null where they are the same, facts, variant | null, quiet, answered, told s | null,
    gone s | null, may be usual]
facts: {name: number | text | {"at": s}, ...}
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..alerts.lifecycle import NO_ALERTS, Alerts, AlertState, Episode, Pending
from ..alerts.verdict import Fact, Facts
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
"""No fact is a story."""


def encode_alerts(alerts: Alerts) -> Json:
    """Write what is remembered of the alerts."""
    return {
        "allowed_until": encode_instant(alerts.allowed_until),
        "summary_due": encode_instant(alerts.summary_due),
        "states": {alert.value: _encode_state(state) for alert, state in alerts.states.items()},
    }


def decode_alerts(data: object) -> Alerts:
    """Read what is remembered of the alerts."""
    if not isinstance(data, Mapping):
        return NO_ALERTS
    states = data.get("states")
    named = states.items() if isinstance(states, Mapping) else ()
    known = {
        Alert(name): decode_or_default(_decode_state, state, None)
        for name, state in named
        if name in Alert
    }
    return Alerts(
        {alert: state for alert, state in known.items() if state is not None},
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
        case [pendings, episode, bool(spent), last_told, snoozed_until, bool(known)]:
            return AlertState(
                tuple(_decode_pending(pending) for pending in decode_list(pendings)),
                None if episode is None else _decode_episode(episode),
                spent,
                decode_optional_instant(last_told),
                decode_optional_instant(snoozed_until),
                known,
            )
    raise InvalidDataError


def _decode_pending(data: object) -> Pending:
    match data:
        case [since, unseen]:
            return Pending(decode_optional_instant(since), decode_optional_instant(unseen))
    raise InvalidDataError


def _encode_episode(episode: Episode) -> list[Any]:
    return [
        episode.raised_at.timestamp(),
        episode.severity.value,
        # Mostly nothing has changed since.
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
            raised,
            str(severity),
            began,
            facts,
            str() | None as variant,
            bool(quiet),
            bool(answered),
            told,
            gone,
            bool(usual),
        ] if severity in Severity:
            return Episode(
                decode_instant(raised),
                Severity(severity),
                _decode_facts(facts if began is None else began),
                _decode_facts(facts),
                variant,
                quiet,
                answered,
                decode_optional_instant(told),
                decode_optional_instant(gone),
                usual,
            )
    raise InvalidDataError


def _encode_facts(facts: Facts) -> Json:
    return {name: _encode_fact(value) for name, value in facts.items()}


def _encode_fact(value: Fact) -> Json | float | str:
    if isinstance(value, datetime):
        return {"at": value.timestamp()}
    return (
        value[:MAX_TEXT_LENGTH] if isinstance(value, str) else round(limit_number(value), DECIMALS)
    )


def _decode_facts(data: object) -> Facts:
    if not isinstance(data, Mapping):
        raise InvalidDataError
    return {str(name): _decode_fact(value) for name, value in data.items()}


def _decode_fact(value: Any) -> Fact:  # noqa: ANN401
    match value:
        case str() if len(value) <= MAX_TEXT_LENGTH:
            return value
        case {"at": at}:
            return decode_instant(at)
    return round(decode_number(value), DECIMALS)
