"""What is remembered beside the ledger as JSON and back: exact where it can be read, forgotten where not."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core.account.causes import Circumstances, Raise
from custom_components.aux_heat_guard.core.account.counters import Tally
from custom_components.aux_heat_guard.core.account.standstill import Standstill
from custom_components.aux_heat_guard.core.account.tracker import Memo
from custom_components.aux_heat_guard.core.alerts.lifecycle import (
    NONE,
    Alerts,
    Episode,
    Pending,
    State,
)
from custom_components.aux_heat_guard.core.model import Alert, HeatState, Severity
from custom_components.aux_heat_guard.core.persistence.alerts import (
    LONGEST_TEXT,
    decode_alerts,
    encode_alerts,
)
from custom_components.aux_heat_guard.core.persistence.history import Kept, decode, encode
from custom_components.aux_heat_guard.core.persistence.json_values import UnsoundError
from custom_components.aux_heat_guard.core.persistence.tracker import (
    decode_circumstances,
    decode_tally,
    encode_circumstances,
    encode_tally,
    tolerant,
)

from ..helpers import after, lived, thorough
from .test_history import GARBAGE, changed, paths, through_json, without

INSTANTS = st.integers(0, 3_000_000).map(after)
MAYBE = st.none() | INSTANTS
SECONDS = st.integers(0, 10**9).map(lambda milli: milli / 1000)
NAMES = st.text("abcdefghij_", min_size=1, max_size=6)
FACTS = st.dictionaries(
    NAMES,
    st.integers(-(10**9), 10**9).map(lambda milli: milli / 1000) | st.text(max_size=8) | INSTANTS,
    max_size=3,
)
EPISODES = st.builds(
    Episode,
    INSTANTS,
    st.sampled_from(Severity),
    FACTS,
    FACTS,
    st.none() | NAMES,
    st.booleans(),
    st.booleans(),
    MAYBE,
    MAYBE,
    st.booleans(),
)
STATES = st.builds(
    State,
    st.lists(st.builds(Pending, MAYBE, MAYBE), max_size=4).map(tuple),
    st.none() | EPISODES,
    st.booleans(),
    MAYBE,
    MAYBE,
    st.booleans(),
)
ALERTS = st.builds(
    Alerts, st.dictionaries(st.sampled_from(Alert), STATES, max_size=3), MAYBE, MAYBE
)
TALLIES = st.builds(
    Tally,
    SECONDS,
    SECONDS,
    st.just(3.5),
    SECONDS,
    SECONDS,
    MAYBE,
    st.integers(3500, 10**9).map(lambda milli: milli / 1000),
    st.builds(Standstill, *[SECONDS] * 3),
)
LEVELS = st.lists(
    st.tuples(INSTANTS, st.integers(-40_000, 40_000).map(lambda milli: milli / 1000)), max_size=3
).map(tuple)
CIRCUMSTANCES = st.builds(
    Circumstances,
    LEVELS,
    st.none() | st.builds(Raise, INSTANTS, st.booleans(), MAYBE),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    MAYBE,
    st.booleans(),
    st.booleans(),
    st.none() | st.booleans(),
    st.booleans(),
)

EPISODE = Episode(
    after(10),
    Severity.WARNING,
    {"aux_s": 60.0},
    {"when": "now", "since": after(5)},
    "now",
    told=after(10),
    gone=after(20),
)
STATE = State(
    (Pending(after(1), after(2)), Pending()),
    EPISODE,
    spent=False,
    last_told=after(10),
    snoozed_until=after(90),
    known=True,
)
REMEMBERED = Alerts(
    {Alert.OVERRUN: STATE, Alert.BLIND: State((Pending(after(3)),))}, after(50), after(60)
)
WRITTEN: dict[str, Any] = through_json(encode_alerts(REMEMBERED))
OVERRUN = ("states", "overrun")
SURROUNDED = Circumstances(
    ((after(0), 20.0), (after(9), 21.0)),
    Raise(after(9), by_hand=True),
    near=True,
    idle_since=after(12),
)


class TestRoundTrip:
    @thorough
    @given(alerts=ALERTS)
    def test_alerts(self, alerts: Alerts) -> None:
        assert decode_alerts(through_json(encode_alerts(alerts))) == alerts

    @given(tally=TALLIES)
    def test_a_tally(self, tally: Tally) -> None:
        assert decode_tally(through_json({"is": encode_tally(tally)})["is"]) == tally

    @given(circumstances=CIRCUMSTANCES)
    def test_circumstances(self, circumstances: Circumstances) -> None:
        assert (
            decode_circumstances(through_json(encode_circumstances(circumstances))) == circumstances
        )

    def test_what_began_as_it_is_now_is_written_once(self) -> None:
        alike = Alerts({Alert.OVERRUN: State(episode=replace(EPISODE, began=EPISODE.facts))})

        written = encode_alerts(alike)

        assert written["states"]["overrun"][1][2] is None
        assert decode_alerts(through_json(written)) == alike

    def test_all_of_it_in_one_file(self) -> None:
        memo = Memo(tally=Tally(air=3.5, well_since=after(7), age=4.5), circumstances=SURROUNDED)
        ledger = lived((0, HeatState.OFF)).ledger

        again = decode(through_json(encode(Kept(ledger, memo, "UTC", REMEMBERED), None)))

        assert (again.memo, again.alerts) == (memo, REMEMBERED)


class TestForgotten:
    @pytest.mark.parametrize(
        "data",
        [
            None,
            7,
            "alerts",
            [],
            [1],
            {},
            {"states": 7},
            {"states": {"of old": {}}},
            {"allowed_until": "noon"},
        ],
    )
    def test_of_garbage_nothing_is_remembered(self, data: object) -> None:
        assert decode_alerts(data) == NONE

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            pytest.param((), 7, id="no state"),
            pytest.param((), [], id="an empty state"),
            pytest.param((0,), 7, id="no pendings"),
            pytest.param((0, 0), [1], id="half a pending"),
            pytest.param((0, 0, 0), "noon", id="a pending since no instant"),
            pytest.param((2,), 1, id="spent by one"),
            pytest.param((1,), 7, id="no episode"),
            pytest.param((1, 1), "dire", id="a severity that does not exist"),
            pytest.param((1, 0), None, id="never raised"),
            pytest.param((1, 3), [], id="no facts"),
            pytest.param((1, 2), [], id="no facts when it began"),
            pytest.param((1, 3, "when"), "x" * (LONGEST_TEXT + 1), id="a story"),
            pytest.param((1, 3, "when"), {"on": 1}, id="a fact of no kind"),
            pytest.param((1, 3, "since", "at"), 1e300, id="an instant out of all calendars"),
            pytest.param((1, 4), 7, id="a variant by number"),
        ],
    )
    def test_an_alert_that_cannot_be_read_is_forgotten_and_the_others_stay(
        self, path: tuple[Any, ...], value: object
    ) -> None:
        read = decode_alerts(changed(WRITTEN, (*OVERRUN, *path), value))

        assert read == replace(REMEMBERED, states={Alert.BLIND: REMEMBERED.states[Alert.BLIND]})

    @pytest.mark.parametrize(
        "data",
        [
            pytest.param(None, id="nothing"),
            pytest.param([], id="empty"),
            pytest.param([1, 2, 3, 4, None], id="too short"),
            pytest.param([1, 2, 3, 4, -5, None], id="under zero"),
            pytest.param([1, 2, 3, 4, True, None], id="no number"),
            pytest.param([1, 2, 3, 4, 5, "noon"], id="no instant"),
            pytest.param([1, 2, 3, 4, 5, None, 6], id="half of what came later"),
        ],
    )
    def test_a_tally_that_cannot_be_is_refused(self, data: object) -> None:
        with pytest.raises(UnsoundError):
            decode_tally(data)

    def test_a_tally_of_an_earlier_version_is_read(self) -> None:
        """The filter is at least as old as the time in which air went through it."""
        assert decode_tally([1, 2, 3, 4, 5, None]) == Tally(1, 2, 3, 4, 5, age=3)

    @pytest.mark.parametrize("later", [[None, None], [-1, [1, -2, 3]], ["old", [1, 2]], [2, 7]])
    def test_what_came_later_is_forgotten_on_its_own(self, later: list[object]) -> None:
        assert decode_tally([1, 2, 3, 4, 5, None, *later]) == Tally(1, 2, 3, 4, 5, age=3)

    @pytest.mark.parametrize(
        "later", [{}, {"compressor": None}, {"compressor": 1, "room_unseen": "no"}]
    )
    def test_circumstances_of_an_earlier_version_are_read(self, later: dict[str, object]) -> None:
        written = through_json(
            encode_circumstances(replace(SURROUNDED, compressor=True, room_unseen=True))
        )
        del written["compressor"], written["room_unseen"]

        assert decode_circumstances({**written, **later}) == SURROUNDED

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            pytest.param((), 7, id="no circumstances"),
            pytest.param(("levels",), None, id="no levels"),
            pytest.param(("levels", 0), [1], id="half a level"),
            pytest.param(("levels", 0, 1), "warm", id="a level that is no number"),
            pytest.param(("raised",), [1, 2, 3], id="raised by a two"),
            pytest.param(("raised",), 7, id="raised by seven"),
            pytest.param(("flags",), [True] * 5, id="a flag is missing"),
            pytest.param(("flags", 2), 1, id="a flag that is none"),
            pytest.param(("idle_since",), "noon", id="idle since no instant"),
        ],
    )
    def test_circumstances_that_cannot_be_are_refused(
        self, path: tuple[Any, ...], value: object
    ) -> None:
        with pytest.raises(UnsoundError):
            decode_circumstances(
                changed(through_json(encode_circumstances(SURROUNDED)), path, value)
            )

    def test_what_nothing_hangs_on_is_forgotten(self) -> None:
        assert tolerant(decode_tally, None, Tally()) == Tally()
        assert tolerant(decode_tally, 7, Tally(rest=3)) == Tally(rest=3)

    @thorough
    @given(path=st.sampled_from(list(paths(WRITTEN))), value=GARBAGE)
    def test_whatever_is_spoilt_the_rest_is_read_and_written_again(
        self, path: tuple[Any, ...], value: object
    ) -> None:
        read = decode_alerts(changed(WRITTEN, path, value))

        assert decode_alerts(through_json(encode_alerts(read))) == read

    def test_each_node_left_out_does_no_harm(self) -> None:
        for path in _inner(WRITTEN):
            read = decode_alerts(without(WRITTEN, path))
            assert set(read.states) <= set(REMEMBERED.states)


def _inner(data: object) -> Iterator[tuple[Any, ...]]:
    return (path for path in paths(data) if path)
