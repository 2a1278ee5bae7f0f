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

from ..alerts.lifecycle import NONE, Alerts, Episode, Pending, State
from ..alerts.verdict import Fact, Facts
from ..model import Alert, Severity
from .json_values import Json, UnsoundError, clamp, instant, maybe_instant, moment, number, sequence
from .tracker import DECIMALS, tolerant

LONGEST_TEXT = 200
"""No fact is a story."""


def encode_alerts(alerts: Alerts) -> Json:
    """Write what is remembered of the alerts."""
    return {
        "allowed_until": moment(alerts.allowed_until),
        "summary_due": moment(alerts.summary_due),
        "states": {alert.value: _encode_state(state) for alert, state in alerts.states.items()},
    }


def decode_alerts(data: object) -> Alerts:
    """Read what is remembered of the alerts."""
    if not isinstance(data, Mapping):
        return NONE
    states = data.get("states")
    named = states.items() if isinstance(states, Mapping) else ()
    known = {
        Alert(name): tolerant(_decode_state, state, None) for name, state in named if name in Alert
    }
    return Alerts(
        {alert: state for alert, state in known.items() if state is not None},
        tolerant(maybe_instant, data.get("allowed_until"), None),
        tolerant(maybe_instant, data.get("summary_due"), None),
    )


def _encode_state(state: State) -> list[Any]:
    return [
        [[moment(pending.since), moment(pending.unseen)] for pending in state.pendings],
        None if state.episode is None else _encode_episode(state.episode),
        state.spent,
        moment(state.last_told),
        moment(state.snoozed_until),
        state.known,
    ]


def _decode_state(data: object) -> State:
    match data:
        case [pendings, episode, bool(spent), last_told, snoozed_until, bool(known)]:
            return State(
                tuple(_decode_pending(pending) for pending in sequence(pendings)),
                None if episode is None else _decode_episode(episode),
                spent,
                maybe_instant(last_told),
                maybe_instant(snoozed_until),
                known,
            )
    raise UnsoundError


def _decode_pending(data: object) -> Pending:
    match data:
        case [since, unseen]:
            return Pending(maybe_instant(since), maybe_instant(unseen))
    raise UnsoundError


def _encode_episode(episode: Episode) -> list[Any]:
    return [
        episode.raised.timestamp(),
        episode.severity.value,
        # Mostly nothing has changed since.
        None if episode.began == episode.facts else _encode_facts(episode.began),
        _encode_facts(episode.facts),
        episode.variant,
        episode.quiet,
        episode.answered,
        moment(episode.told),
        moment(episode.gone),
        episode.may_be_usual,
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
                instant(raised),
                Severity(severity),
                _decode_facts(facts if began is None else began),
                _decode_facts(facts),
                variant,
                quiet,
                answered,
                maybe_instant(told),
                maybe_instant(gone),
                usual,
            )
    raise UnsoundError


def _encode_facts(facts: Facts) -> Json:
    return {name: _encode_fact(value) for name, value in facts.items()}


def _encode_fact(value: Fact) -> Json | float | str:
    if isinstance(value, datetime):
        return {"at": value.timestamp()}
    return value[:LONGEST_TEXT] if isinstance(value, str) else round(clamp(value), DECIMALS)


def _decode_facts(data: object) -> Facts:
    if not isinstance(data, Mapping):
        raise UnsoundError
    return {str(name): _decode_fact(value) for name, value in data.items()}


def _decode_fact(value: Any) -> Fact:  # noqa: ANN401
    match value:
        case str() if len(value) <= LONGEST_TEXT:
            return value
        case {"at": at}:
            return instant(at)
    return round(number(value), DECIMALS)
