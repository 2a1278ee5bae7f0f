"""The tracker's state without the ledger as JSON and back: exact, or dropped if invalid."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core.account.causes import Circumstances, SetpointRaise
from custom_components.aux_heat_guard.core.account.counters import Counters
from custom_components.aux_heat_guard.core.account.standstill import Standstill
from custom_components.aux_heat_guard.core.account.tracker import TrackerMemory
from custom_components.aux_heat_guard.core.alerts.facts import Quantity, Unit, seconds
from custom_components.aux_heat_guard.core.alerts.state import (
    NO_ALERTS,
    Alerts,
    AlertState,
    Episode,
    Pending,
)
from custom_components.aux_heat_guard.core.model import Alert, HeatState, Severity
from custom_components.aux_heat_guard.core.persistence.alerts import (
    MAX_TEXT_LENGTH,
    decode_alerts,
    encode_alerts,
)
from custom_components.aux_heat_guard.core.persistence.history import StoredGuard, decode, encode
from custom_components.aux_heat_guard.core.persistence.json_values import InvalidDataError
from custom_components.aux_heat_guard.core.persistence.tracker import (
    decode_circumstances,
    decode_counters,
    decode_or_default,
    encode_circumstances,
    encode_counters,
)

from ..helpers import after, run_states, thorough
from .test_history import GARBAGE, json_round_trip, node_paths, with_node, without_node

INSTANTS = st.integers(0, 3_000_000).map(after)
MAYBE = st.none() | INSTANTS
SECONDS = st.integers(0, 10**9).map(lambda milli: milli / 1000)
NAMES = st.text("abcdefghij_", min_size=1, max_size=6)
FACTS = st.dictionaries(
    st.text("abcdefghij", min_size=1, max_size=6),
    st.builds(
        Quantity,
        st.integers(-(10**9), 10**9).map(lambda milli: milli / 1000),
        st.sampled_from(
            [Unit.COUNT, Unit.SECONDS, Unit.TEMPERATURE, Unit.DIFFERENCE, Unit.PERCENT]
        ),
    )
    | st.text(max_size=8)
    | INSTANTS,
    max_size=3,
)
EPISODES = st.builds(
    Episode,
    raised_at=INSTANTS,
    severity=st.sampled_from(Severity),
    initial_facts=FACTS,
    facts=FACTS,
    variant=st.none() | NAMES,
    is_expected=st.booleans(),
    is_acknowledged=st.booleans(),
    notified_at=MAYBE,
    over_since=MAYBE,
    can_be_normal=st.booleans(),
)
STATES = st.builds(
    AlertState,
    pendings=st.lists(st.builds(Pending, MAYBE, MAYBE), max_size=4).map(tuple),
    episode=st.none() | EPISODES,
    needs_rearm=st.booleans(),
    last_notified_at=MAYBE,
    snoozed_until=MAYBE,
    is_accepted_as_normal=st.booleans(),
)
ALERTS = st.builds(
    Alerts, st.dictionaries(st.sampled_from(Alert), STATES, max_size=3), MAYBE, MAYBE
)
TALLIES = st.builds(
    Counters,
    aux_off_seconds=SECONDS,
    previous_aux_off_seconds=SECONDS,
    airflow_seconds=st.just(3.5),
    mild_aux_seconds=SECONDS,
    mild_run_seconds=SECONDS,
    last_good_mild_day_end=MAYBE,
    filter_age_seconds=st.integers(3500, 10**9).map(lambda milli: milli / 1000),
    standstill=st.builds(Standstill, *[SECONDS] * 3),
)
LEVELS = st.lists(
    st.tuples(INSTANTS, st.integers(-40_000, 40_000).map(lambda milli: milli / 1000)), max_size=3
).map(tuple)
CIRCUMSTANCES = st.builds(
    Circumstances,
    setpoints=LEVELS,
    last_raise=st.none() | st.builds(SetpointRaise, INSTANTS, st.booleans(), MAYBE),
    had_emergency_heat=st.booleans(),
    is_aux_only=st.booleans(),
    had_defrost=st.booleans(),
    started_near_setpoint=st.booleans(),
    idle_since=MAYBE,
    reports_idle_with_aux=st.booleans(),
    has_reported_room=st.booleans(),
    compressor_ran=st.none() | st.booleans(),
    room_unknown_at_start=st.booleans(),
)

EPISODE = Episode(
    raised_at=after(10),
    severity=Severity.WARNING,
    initial_facts={"aux": seconds(60.0)},
    facts={"when": "now", "since": after(5)},
    variant="now",
    notified_at=after(10),
    over_since=after(20),
)
STATE = AlertState(
    pendings=(Pending(after(1), after(2)), Pending()),
    episode=EPISODE,
    needs_rearm=False,
    last_notified_at=after(10),
    snoozed_until=after(90),
    is_accepted_as_normal=True,
)
SAVED_ALERTS = Alerts(
    {Alert.OVERRUN: STATE, Alert.MISSING_DATA: AlertState(pendings=(Pending(after(3)),))},
    after(50),
    after(60),
)
WRITTEN: dict[str, Any] = json_round_trip(encode_alerts(SAVED_ALERTS))
OVERRUN = ("states", "overrun")
SAVED_CIRCUMSTANCES = Circumstances(
    setpoints=((after(0), 20.0), (after(9), 21.0)),
    last_raise=SetpointRaise(after(9), is_manual=True),
    started_near_setpoint=True,
    idle_since=after(12),
)


class TestRoundTrip:
    @thorough
    @given(alerts=ALERTS)
    def test_alerts(self, alerts: Alerts) -> None:
        assert decode_alerts(json_round_trip(encode_alerts(alerts))) == alerts

    @given(tally=TALLIES)
    def test_a_tally(self, tally: Counters) -> None:
        assert decode_counters(json_round_trip({"is": encode_counters(tally)})["is"]) == tally

    @given(circumstances=CIRCUMSTANCES)
    def test_circumstances(self, circumstances: Circumstances) -> None:
        assert (
            decode_circumstances(json_round_trip(encode_circumstances(circumstances)))
            == circumstances
        )

    def test_unchanged_alert_facts_are_written_once(self) -> None:
        alike = Alerts(
            {Alert.OVERRUN: AlertState(episode=replace(EPISODE, initial_facts=EPISODE.facts))}
        )

        written = encode_alerts(alike)

        assert written["states"]["overrun"][1][2] is None
        assert decode_alerts(json_round_trip(written)) == alike

    def test_all_memory_fits_in_one_file(self) -> None:
        memo = TrackerMemory(
            counters=Counters(
                airflow_seconds=3.5, last_good_mild_day_end=after(7), filter_age_seconds=4.5
            ),
            circumstances=SAVED_CIRCUMSTANCES,
        )
        ledger = run_states((0, HeatState.OFF)).ledger

        again = decode(
            json_round_trip(
                encode(
                    StoredGuard(ledger=ledger, memory=memo, zone="UTC", alerts=SAVED_ALERTS), None
                )
            )
        )

        assert (again.memory, again.alerts) == (memo, SAVED_ALERTS)


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
    def test_garbage_is_ignored(self, data: object) -> None:
        assert decode_alerts(data) == NO_ALERTS

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
            pytest.param((1, 3, "when"), "x" * (MAX_TEXT_LENGTH + 1), id="a story"),
            pytest.param((1, 3, "when"), {"on": 1}, id="a fact of no kind"),
            pytest.param((1, 3, "since_at", "at"), 1e300, id="an instant out of all calendars"),
            pytest.param((1, 4), 7, id="a variant by number"),
        ],
    )
    def test_an_unreadable_alert_is_dropped_and_the_others_stay(
        self, path: tuple[Any, ...], value: object
    ) -> None:
        read = decode_alerts(with_node(WRITTEN, (*OVERRUN, *path), value))

        assert read == replace(
            SAVED_ALERTS, states={Alert.MISSING_DATA: SAVED_ALERTS.states[Alert.MISSING_DATA]}
        )

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
    def test_impossible_counters_are_rejected(self, data: object) -> None:
        with pytest.raises(InvalidDataError):
            decode_counters(data)

    def test_counters_of_an_earlier_version_are_read(self) -> None:
        """The filter is at least as old as the time in which air went through it."""
        assert decode_counters([1, 2, 3, 4, 5, None]) == Counters(
            aux_off_seconds=1,
            previous_aux_off_seconds=2,
            airflow_seconds=3,
            mild_aux_seconds=4,
            mild_run_seconds=5,
            filter_age_seconds=3,
        )

    @pytest.mark.parametrize("later", [[None, None], [-1, [1, -2, 3]], ["old", [1, 2]], [2, 7]])
    def test_an_unreadable_newer_field_is_dropped_alone(self, later: list[object]) -> None:
        assert decode_counters([1, 2, 3, 4, 5, None, *later]) == Counters(
            aux_off_seconds=1,
            previous_aux_off_seconds=2,
            airflow_seconds=3,
            mild_aux_seconds=4,
            mild_run_seconds=5,
            filter_age_seconds=3,
        )

    @pytest.mark.parametrize(
        "later", [{}, {"compressor": None}, {"compressor": 1, "room_unseen": "no"}]
    )
    def test_circumstances_of_an_earlier_version_are_read(self, later: dict[str, object]) -> None:
        written = json_round_trip(
            encode_circumstances(
                replace(SAVED_CIRCUMSTANCES, compressor_ran=True, room_unknown_at_start=True)
            )
        )
        del written["compressor"], written["room_unseen"]

        assert decode_circumstances({**written, **later}) == SAVED_CIRCUMSTANCES

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
    def test_impossible_circumstances_are_rejected(
        self, path: tuple[Any, ...], value: object
    ) -> None:
        with pytest.raises(InvalidDataError):
            decode_circumstances(
                with_node(json_round_trip(encode_circumstances(SAVED_CIRCUMSTANCES)), path, value)
            )

    def test_a_missing_part_falls_back_to_its_default(self) -> None:
        assert decode_or_default(decode_counters, None, Counters()) == Counters()
        assert decode_or_default(decode_counters, 7, Counters(aux_off_seconds=3)) == Counters(
            aux_off_seconds=3
        )

    @thorough
    @given(path=st.sampled_from(list(node_paths(WRITTEN))), value=GARBAGE)
    def test_a_damaged_field_does_not_lose_the_rest(
        self, path: tuple[Any, ...], value: object
    ) -> None:
        read = decode_alerts(with_node(WRITTEN, path, value))

        assert decode_alerts(json_round_trip(encode_alerts(read))) == read

    def test_any_node_may_be_missing(self) -> None:
        for path in _inner_paths(WRITTEN):
            read = decode_alerts(without_node(WRITTEN, path))
            assert set(read.states) <= set(SAVED_ALERTS.states)


def _inner_paths(data: object) -> Iterator[tuple[Any, ...]]:
    return (path for path in node_paths(data) if path)
