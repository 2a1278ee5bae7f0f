"""The state of protection as JSON and back: exact if it is valid, dropped if not."""

from dataclasses import replace
from datetime import timedelta
import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core.account.tracker import TrackerMemory
from custom_components.aux_heat_guard.core.grid import round_down
from custom_components.aux_heat_guard.core.model import (
    FAHRENHEIT_GRID,
    HeatState,
    Limit,
    SwitchoverKind,
)
from custom_components.aux_heat_guard.core.persistence.history import StoredGuard, decode, encode
from custom_components.aux_heat_guard.core.persistence.protection import (
    decode_protection,
    encode_protection,
)
from custom_components.aux_heat_guard.core.protection.decision import (
    INITIAL_PROTECTION_STATE,
    ProtectionState,
)
from custom_components.aux_heat_guard.core.protection.limits.base import LimitState
from custom_components.aux_heat_guard.core.protection.limits.budget_setback import (
    NO_BUDGET_SETBACK,
    BudgetSetback,
)
from custom_components.aux_heat_guard.core.protection.limits.cap import NO_CAP, Cap
from custom_components.aux_heat_guard.core.protection.limits.ramp_limit import (
    NO_RAMP_LIMIT,
    RampLimit,
)
from custom_components.aux_heat_guard.core.protection.limits.registry import initial_limits
from custom_components.aux_heat_guard.core.protection.schedule_learning import ObservedChange
from custom_components.aux_heat_guard.core.protection.setpoint import (
    PendingWrite,
    ProvisionalChange,
    Setpoint,
    WriteOrigin,
)
from custom_components.aux_heat_guard.core.protection.switchover import SwitchoverState
from custom_components.aux_heat_guard.core.units import celsius_from_fahrenheit

from ..helpers import after, run_states, thorough
from .test_history import GARBAGE, compact_size, json_round_trip, node_paths, with_node

INSTANTS = st.integers(0, 3_000_000).map(after)
MAYBE = st.none() | INSTANTS
DEGREES = st.integers(50_000, 300_000).map(lambda tenthousandths: tenthousandths / 10_000)
WIDENED = st.integers(0, 100_000).map(lambda tenthousandths: tenthousandths / 10_000)
WRITES = st.builds(
    PendingWrite,
    value=DEGREES,
    reported_before=st.none() | DEGREES,
    at=INSTANTS,
    tries=st.integers(1, 3),
    arrived=st.booleans(),
    readback=st.none() | DEGREES,
    readback_at=MAYBE,
    resumes_program=st.booleans(),
    origin=st.sampled_from(WriteOrigin),
    as_range=st.booleans(),
    is_split=st.booleans(),
)
PRESETS = st.text(max_size=10)
SETPOINTS = st.builds(
    Setpoint,
    requested=st.none() | DEGREES,
    single=st.booleans(),
    reported=st.none() | DEGREES,
    pending_writes=st.lists(WRITES, max_size=3).map(tuple),
    provisional=st.none()
    | st.builds(ProvisionalChange, first_seen_at=INSTANTS, began_at=INSTANTS, settles_at=INSTANTS),
    hold_until=MAYBE,
    pause_until=MAYBE,
    conflicts=st.lists(INSTANTS, max_size=3).map(tuple),
    changes=st.lists(st.builds(ObservedChange, INSTANTS, DEGREES), max_size=4).map(tuple),
    scheduled=st.none() | DEGREES,
    deferred_schedule=st.none() | DEGREES,
    requested_while_off=st.none() | DEGREES,
    requested_cooling=st.none() | DEGREES,
    cooling_before_request=st.none() | DEGREES,
    choice_until=MAYBE,
    chosen_preset=st.none() | PRESETS,
    mode_before_choice=st.none() | PRESETS,
    preset_to_restore=st.none() | PRESETS,
    recent_presets=st.lists(PRESETS, max_size=3).map(tuple),
    preset_changed_at=MAYBE,
    is_previous_preset=st.booleans(),
    write_times=st.lists(INSTANTS, max_size=4).map(tuple),
    lag=st.integers(0, 3600).map(lambda seconds: timedelta(seconds=seconds)),
    deviating_readback=st.none() | DEGREES,
    has_outage=st.booleans(),
    outage_ended_at=MAYBE,
    is_restore_unconfirmed=st.booleans(),
    skips_write_interval=st.booleans(),
    was_cooling_last=st.booleans(),
)
PROTECTIONS = st.builds(
    ProtectionState,
    limits=st.fixed_dictionaries(
        {
            **{limit: st.just(state) for limit, state in initial_limits().items()},
            Limit.CAP: st.builds(Cap, st.none() | DEGREES, MAYBE, MAYBE),
            Limit.BUDGET_SETBACK: st.builds(
                BudgetSetback,
                st.integers(0, 16_000).map(lambda tenthousandths: tenthousandths / 10_000),
                MAYBE,
            ),
            Limit.RAMP_LIMIT: st.builds(
                RampLimit,
                value=st.none() | DEGREES,
                widened_by=WIDENED,
                resting_since=MAYBE,
                cold_since=MAYBE,
                is_backstop_active=st.booleans(),
                room_seen_at=MAYBE,
            ),
        }
    ),
    setpoint=SETPOINTS,
    switchovers=st.dictionaries(
        st.sampled_from(SwitchoverKind), st.builds(SwitchoverState, st.booleans(), MAYBE, MAYBE)
    ),
    recovery_request=st.none() | st.tuples(INSTANTS, DEGREES),
)
LIMITED = ProtectionState(
    limits={
        **initial_limits(),
        Limit.CAP: Cap(-3.0, after(5), after(10)),
        Limit.BUDGET_SETBACK: BudgetSetback(0.5556, after(20)),
        Limit.RAMP_LIMIT: RampLimit(
            value=20.5556,
            widened_by=0.5556,
            resting_since=after(30),
            cold_since=None,
            is_backstop_active=True,
            room_seen_at=after(70),
        ),
    },
    setpoint=Setpoint(
        requested=21.1111,
        reported=20.0,
        pending_writes=(
            PendingWrite(value=20.0, reported_before=21.1111, at=after(60), arrived=True),
        ),
        preset_to_restore="home",
        changes=(ObservedChange(after(9), 21.11),),
    ),
    switchovers={SwitchoverKind.FURNACE: SwitchoverState(True, after(3), after(4))},
    recovery_request=(after(900), 21.0),
)


def with_limit(state: LimitState) -> ProtectionState:
    """Return the protection state with the state of one limit replaced."""
    return replace(LIMITED, limits={**LIMITED.limits, state.LIMIT: state})


WRITTEN: dict[str, Any] = json_round_trip(encode_protection(LIMITED))
FURNACE_OFF = SwitchoverState(since=after(3), outdoor_seen_at=after(4))


NOTHING_ASKED = replace(LIMITED, setpoint=replace(LIMITED.setpoint, requested=None))
NO_PRESET = replace(LIMITED, setpoint=replace(LIMITED.setpoint, preset_to_restore=None))


@thorough
@given(protection=PROTECTIONS)
def test_protection_state_round_trips(protection: ProtectionState) -> None:
    assert decode_protection(json_round_trip(encode_protection(protection))) == protection


def test_protection_state_is_stored_with_the_ledger() -> None:
    ledger = run_states((0, HeatState.OFF)).ledger

    assert (
        decode(
            json_round_trip(
                encode(
                    StoredGuard(
                        ledger=ledger, memory=TrackerMemory(), zone="UTC", protection=LIMITED
                    ),
                    None,
                )
            )
        ).protection
        == LIMITED
    )


def test_a_whole_degree_decodes_exactly() -> None:
    setpoint = replace(
        LIMITED.setpoint, changes=(ObservedChange(after(0), celsius_from_fahrenheit(70)),)
    )
    read = decode_protection(
        json_round_trip(encode_protection(replace(LIMITED, setpoint=setpoint)))
    ).setpoint

    assert round_down(read.changes[0].value, FAHRENHEIT_GRID) == pytest.approx(
        celsius_from_fahrenheit(70)
    )


@pytest.mark.parametrize("data", [None, 7, "protection", [], {}, {"setpoint": 7}])
def test_garbage_is_ignored(data: object) -> None:
    assert decode_protection(data) == INITIAL_PROTECTION_STATE


@pytest.mark.parametrize(
    ("path", "value", "left"),
    [
        pytest.param(("cap",), [1], with_limit(Cap(1.0)), id="half a cap"),
        pytest.param(("cap",), 7, with_limit(NO_CAP), id="no cap"),
        pytest.param(
            ("overrun", "lowered"),
            9,
            with_limit(BudgetSetback(since=after(20))),
            id="lowered by nine",
        ),
        pytest.param(("overrun",), 9, with_limit(NO_BUDGET_SETBACK), id="no overrun"),
        pytest.param(
            ("leash", "widened"),
            -1,
            with_limit(replace(RampLimit.of(LIMITED.limits), widened_by=0.0)),
            id="widened by less than nothing",
        ),
        pytest.param(
            ("leash", "widened"),
            11,
            with_limit(replace(RampLimit.of(LIMITED.limits), widened_by=0.0)),
            id="wider than any droop",
        ),
        pytest.param(("leash",), "long", with_limit(NO_RAMP_LIMIT), id="no leash"),
        pytest.param(
            ("switches", "furnace", "on"),
            1,
            replace(LIMITED, switchovers={SwitchoverKind.FURNACE: FURNACE_OFF}),
            id="a switch by number",
        ),
        pytest.param(("switches", "furnace"), 1, replace(LIMITED, switchovers={}), id="no switch"),
        pytest.param(("switches",), 7, replace(LIMITED, switchovers={}), id="no switches"),
        pytest.param(
            ("recovery",), [1], replace(LIMITED, recovery_request=None), id="half a recovery"
        ),
        pytest.param(("setpoint", "requested"), 100, NOTHING_ASKED, id="a setpoint of no home"),
        pytest.param(
            ("setpoint", "told", 0, "value"),
            "warm",
            replace(LIMITED, setpoint=replace(LIMITED.setpoint, pending_writes=())),
            id="half a write",
        ),
        pytest.param(
            ("setpoint", "told", 0, "strange"), 7, LIMITED, id="an unknown column of a write"
        ),
        pytest.param(
            ("setpoint", "told", 0, "tries"), 0, LIMITED, id="a write that was never told"
        ),
        pytest.param(
            ("setpoint", "told"),
            7,
            replace(LIMITED, setpoint=replace(LIMITED.setpoint, pending_writes=())),
            id="no writes",
        ),
        pytest.param(
            ("setpoint", "changes", 0),
            7,
            replace(LIMITED, setpoint=replace(LIMITED.setpoint, changes=())),
            id="no change",
        ),
        pytest.param(("setpoint", "preset"), 7, NO_PRESET, id="a preset by number"),
        pytest.param(("setpoint", "strange"), 7, LIMITED, id="an unknown field"),
    ],
)
def test_an_unreadable_field_is_dropped_and_the_rest_stays(
    path: tuple[Any, ...], value: object, left: ProtectionState
) -> None:
    assert decode_protection(with_node(WRITTEN, path, value)) == left


def test_version_1_files_are_always_read() -> None:
    first = json.loads((Path(__file__).parent / "files" / "protection_1.json").read_text())
    setpoint = decode_protection(first).setpoint

    assert decode_protection(first) == decode_protection(
        json_round_trip(encode_protection(decode_protection(first)))
    )
    assert setpoint.requested == pytest.approx(celsius_from_fahrenheit(74))
    assert [
        (round(write.value * 1.8 + 32), write.origin, write.arrived)
        for write in setpoint.pending_writes
    ] == [
        (71, WriteOrigin.DECISION, True),
        (70, WriteOrigin.DECISION, False),
    ]
    assert setpoint.preset_to_restore == "home"
    assert setpoint.provisional is not None
    assert len(setpoint.write_times) == len(setpoint.changes) == 2
    assert RampLimit.of(decode_protection(first).limits).widened_by == pytest.approx(4.4444)
    assert Cap.of(decode_protection(first).limits).outdoor == pytest.approx(-6.6667)
    assert decode_protection(first).switchovers[SwitchoverKind.FURNACE].is_on
    assert decode_protection(first).recovery_request is not None


@pytest.mark.parametrize("column", range(8))
def test_a_broken_column_of_a_write_keeps_the_request(column: int) -> None:
    first = json.loads((Path(__file__).parent / "files" / "protection_1.json").read_text())

    assert (
        decode_protection(
            with_node(first, ("setpoint", "told", 1, column), {"strange": 7})
        ).setpoint.requested
        is not None
    )
    assert decode_protection(
        with_node(first, ("setpoint", "told", 1), [*first["setpoint"]["told"][1], "more"])
    ) == decode_protection(first)


@thorough
@given(path=st.sampled_from(list(node_paths(WRITTEN))), value=GARBAGE)
def test_decoding_never_raises(path: tuple[Any, ...], value: object) -> None:
    decode_protection(with_node(WRITTEN, path, value))


def test_two_busy_weeks_stay_small() -> None:
    busy = replace(
        LIMITED.setpoint,
        changes=tuple(
            ObservedChange(after(hours=hour), celsius_from_fahrenheit(70)) for hour in range(60)
        ),
        write_times=tuple(after(minutes=30 * index) for index in range(40)),
        pending_writes=LIMITED.setpoint.pending_writes * 3,
    )

    assert compact_size(encode_protection(replace(LIMITED, setpoint=busy))) < 2600
