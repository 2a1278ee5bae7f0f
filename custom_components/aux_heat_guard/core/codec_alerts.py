"""The alerts as JSON and back. What cannot be read is forgotten, alert by alert.

{"allowed_until": s | null, "summary_due": s | null, "states": {alert: state, ...}}
state: {"pendings": [[since s | null, unseen s | null], ...], "episode": episode | null, "spent": bool, "last_told", "snoozed_until": s | null, "known": bool}
episode: {"raised": s, "severity", "began": facts, "facts": facts, "variant": text | null, "quiet", "answered": bool, "told", "gone": s | null, "may_be_usual": bool}
facts: {name: number | text | {"at": s}, ...}
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .codec_memo import tolerant
from .decide.alarm import NONE, Alerts, Episode, Pending, State
from .decide.verdict import Fact, Facts
from .json_values import Json, UnsoundError, instant, maybe_instant, moment, number, sequence
from .model import Alert, Severity

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
    known = {Alert(name): tolerant(_decode_state, state, None) for name, state in named if name in Alert}
    return Alerts(
        {alert: state for alert, state in known.items() if state is not None},
        tolerant(maybe_instant, data.get("allowed_until"), None),
        tolerant(maybe_instant, data.get("summary_due"), None),
    )


def _encode_state(state: State) -> Json:
    return {
        "pendings": [[moment(pending.since), moment(pending.unseen)] for pending in state.pendings],
        "episode": None if state.episode is None else _encode_episode(state.episode),
        "spent": state.spent,
        "last_told": moment(state.last_told),
        "snoozed_until": moment(state.snoozed_until),
        "known": state.known,
    }


def _decode_state(data: object) -> State:
    match data:
        case {"pendings": pendings, "episode": episode, "spent": bool(spent), "last_told": last_told, **rest}:
            return State(
                tuple(_decode_pending(pending) for pending in sequence(pendings)),
                None if episode is None else _decode_episode(episode),
                spent,
                maybe_instant(last_told),
                maybe_instant(rest.get("snoozed_until")),
                rest.get("known") is True,
            )
    raise UnsoundError


def _decode_pending(data: object) -> Pending:
    match data:
        case [since, unseen]:
            return Pending(maybe_instant(since), maybe_instant(unseen))
    raise UnsoundError


def _encode_episode(episode: Episode) -> Json:
    return {
        "raised": episode.raised.timestamp(),
        "severity": episode.severity.value,
        "began": _encode_facts(episode.began),
        "facts": _encode_facts(episode.facts),
        "variant": episode.variant,
        "quiet": episode.quiet,
        "answered": episode.answered,
        "told": moment(episode.told),
        "gone": moment(episode.gone),
        "may_be_usual": episode.may_be_usual,
    }


def _decode_episode(data: object) -> Episode:
    match data:
        case {
            "raised": raised,
            "severity": str(severity),
            "began": began,
            "facts": facts,
            "variant": str() | None as variant,
            "quiet": bool(quiet),
            "answered": bool(answered),
            "told": told,
            "gone": gone,
            "may_be_usual": bool(may_be_usual),
        } if severity in Severity:
            return Episode(
                instant(raised),
                Severity(severity),
                _decode_facts(began),
                _decode_facts(facts),
                variant,
                quiet,
                answered,
                maybe_instant(told),
                maybe_instant(gone),
                may_be_usual,
            )
    raise UnsoundError


def _encode_facts(facts: Facts) -> Json:
    return {name: {"at": value.timestamp()} if isinstance(value, datetime) else value for name, value in facts.items()}


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
    return number(value)
