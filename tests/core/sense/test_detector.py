"""The heat state that results from the evidence."""

from itertools import product

import pytest

from custom_components.aux_heat_guard.core.model import (
    Equipment,
    Evidence,
    Heat,
    HeatState,
    Observation,
    Quality,
    Role,
    Thermostat,
)
from custom_components.aux_heat_guard.core.sense.detector import (
    calling_thermostat,
    detect,
    is_called_elsewhere,
)

from ..helpers import START

MEASURED, REPORTED, INFERRED = Quality.MEASURED, Quality.REPORTED, Quality.INFERRED


def aux(verdict: bool | None, quality: Quality = MEASURED) -> Evidence:
    return Evidence(role=Role.AUX, quality=quality, is_on=verdict)


def compressor(verdict: bool | None, quality: Quality = MEASURED) -> Evidence:
    return Evidence(role=Role.COMPRESSOR, quality=quality, is_on=verdict)


def emergency(verdict: bool | None) -> Evidence:
    return Evidence(role=Role.EMERGENCY, quality=REPORTED, is_on=verdict)


def defrost(verdict: bool | None) -> Evidence:
    return Evidence(role=Role.DEFROST, quality=REPORTED, is_on=verdict)


def heat(
    *evidence: Evidence,
    action: str | None = "heating",
    mode: str | None = "heat",
    equipment: Equipment = Equipment.STRIPS,
) -> Heat:
    return detect(evidence, Thermostat(hvac_mode=mode, hvac_action=action), equipment)


@pytest.mark.parametrize(
    ("evidence", "strips", "quality"),
    [
        pytest.param([], None, None, id="no evidence"),
        pytest.param([aux(True)], True, MEASURED, id="one on"),
        pytest.param([aux(False)], False, MEASURED, id="one off"),
        pytest.param([aux(None)], None, None, id="one unknown"),
        pytest.param([aux(False), aux(True)], True, MEASURED, id="two relays, one on"),
        pytest.param([aux(None), aux(True)], True, MEASURED, id="two relays, one on, one unknown"),
        pytest.param([aux(None), aux(False)], None, None, id="two relays, one off, one unknown"),
        pytest.param(
            [aux(False, MEASURED), aux(True, REPORTED)],
            True,
            REPORTED,
            id="measured off, reported on",
        ),
        pytest.param(
            [aux(True, MEASURED), aux(False, REPORTED)],
            True,
            MEASURED,
            id="measured on, reported off",
        ),
        pytest.param(
            [aux(True, REPORTED), aux(True, MEASURED)],
            True,
            MEASURED,
            id="the best that tells is named, in any order",
        ),
        pytest.param(
            [aux(None, MEASURED), aux(False, REPORTED)],
            False,
            REPORTED,
            id="measured unknown, reported off",
        ),
        pytest.param(
            [aux(None, MEASURED), aux(True, REPORTED)],
            True,
            REPORTED,
            id="measured unknown, reported on",
        ),
        pytest.param(
            [aux(False, MEASURED), aux(None, REPORTED)],
            False,
            MEASURED,
            id="measured off, reported unknown",
        ),
        pytest.param(
            [aux(False, MEASURED), aux(True, INFERRED)],
            False,
            MEASURED,
            id="an estimate does not overrule measured off",
        ),
        pytest.param(
            [aux(False, REPORTED), aux(True, INFERRED)],
            False,
            REPORTED,
            id="an estimate does not overrule reported off",
        ),
        pytest.param(
            [aux(True, MEASURED), aux(False, INFERRED)],
            True,
            MEASURED,
            id="an estimate does not overrule measured on",
        ),
        pytest.param(
            [aux(None, MEASURED), aux(None, REPORTED), aux(True, INFERRED)],
            True,
            INFERRED,
            id="an estimate fills in, on",
        ),
        pytest.param(
            [aux(None, MEASURED), aux(False, INFERRED)],
            False,
            INFERRED,
            id="an estimate fills in, off",
        ),
        pytest.param(
            [aux(None, MEASURED), aux(None, INFERRED)], None, None, id="not even an estimate"
        ),
        pytest.param(
            [compressor(True), defrost(True)], None, None, id="evidence of something else"
        ),
    ],
)
def test_strips_are_the_or_of_all_evidence_by_quality(
    evidence: list[Evidence], strips: bool | None, quality: Quality | None
) -> None:
    found = heat(*evidence)

    assert (found.aux, found.quality) == (strips, quality)
    assert (found.state is HeatState.UNKNOWN) is (strips is None)


@pytest.mark.parametrize(
    ("evidence", "action", "state"),
    [
        pytest.param([aux(False)], "heating", HeatState.HEAT_PUMP, id="heating"),
        pytest.param([aux(False)], "preheating", HeatState.HEAT_PUMP, id="preheating"),
        pytest.param([aux(False)], "idle", HeatState.OFF, id="idle"),
        pytest.param([aux(False)], "fan", HeatState.OFF, id="fan"),
        pytest.param([aux(False)], "cooling", HeatState.OFF, id="cooling"),
        pytest.param([aux(False)], "off", HeatState.OFF, id="off"),
        pytest.param([aux(False)], "something new", HeatState.OFF, id="an action never seen"),
        pytest.param([aux(False)], None, HeatState.UNKNOWN, id="no action"),
        pytest.param(
            [aux(False), compressor(True)], "heating", HeatState.HEAT_PUMP, id="compressor seen"
        ),
        pytest.param(
            [aux(False), compressor(True)],
            "idle",
            HeatState.HEAT_PUMP,
            id="compressor seen, idle said",
        ),
        pytest.param(
            [aux(False), compressor(True)],
            None,
            HeatState.HEAT_PUMP,
            id="compressor seen, thermostat gone",
        ),
        pytest.param(
            [aux(False), compressor(False)],
            "heating",
            HeatState.OFF,
            id="heating called for, compressor waits",
        ),
        pytest.param(
            [aux(False), compressor(False)],
            None,
            HeatState.OFF,
            id="compressor seen off, thermostat gone",
        ),
        pytest.param(
            [aux(False), compressor(None)],
            "heating",
            HeatState.HEAT_PUMP,
            id="compressor unknown, heating",
        ),
        pytest.param(
            [aux(False), compressor(None)],
            None,
            HeatState.UNKNOWN,
            id="compressor unknown, thermostat gone",
        ),
        pytest.param(
            [aux(False), compressor(True)], "cooling", HeatState.OFF, id="compressor cools"
        ),
        pytest.param(
            [aux(False), compressor(True)], "drying", HeatState.OFF, id="compressor dries"
        ),
        pytest.param(
            [aux(True)], "heating", HeatState.HEAT_PUMP_AUX, id="strips, compressor not seen"
        ),
        pytest.param([aux(True)], "idle", HeatState.HEAT_PUMP_AUX, id="strips while idle is said"),
        pytest.param([aux(True)], None, HeatState.HEAT_PUMP_AUX, id="thermostat gone, relay on"),
        pytest.param(
            [aux(True), compressor(True)],
            "heating",
            HeatState.HEAT_PUMP_AUX,
            id="strips and compressor",
        ),
        pytest.param(
            [aux(True), compressor(None)],
            "heating",
            HeatState.HEAT_PUMP_AUX,
            id="strips, compressor unknown",
        ),
        pytest.param(
            [aux(True), compressor(False)],
            "heating",
            HeatState.EMERGENCY,
            id="strips without compressor",
        ),
        pytest.param([aux(True)], "off", HeatState.EMERGENCY, id="strips while all is off"),
        pytest.param(
            [aux(True), compressor(True)],
            "cooling",
            HeatState.EMERGENCY,
            id="strips while the compressor cools",
        ),
        pytest.param([aux(False)], "defrosting", HeatState.DEFROST, id="defrost said, no strips"),
        pytest.param(
            [aux(False), defrost(True)], "heating", HeatState.DEFROST, id="defrost seen, no strips"
        ),
        pytest.param([aux(False), defrost(False)], "heating", HeatState.HEAT_PUMP, id="no defrost"),
        pytest.param([aux(True)], "defrosting", HeatState.HEAT_PUMP_AUX, id="defrost with strips"),
        pytest.param(
            [aux(True), compressor(False), defrost(True)],
            "defrosting",
            HeatState.EMERGENCY,
            id="defrost, strips, no compressor",
        ),
        pytest.param([aux(None)], "defrosting", HeatState.UNKNOWN, id="defrost, strips unknown"),
        pytest.param(
            [aux(None), compressor(True)],
            "heating",
            HeatState.UNKNOWN,
            id="strips unknown, compressor seen",
        ),
    ],
)
def test_heat_state(evidence: list[Evidence], action: str | None, state: HeatState) -> None:
    assert heat(*evidence, action=action).state is state


@pytest.mark.parametrize("mode", ["cool", "dry", "fan_only", "off"])
def test_in_a_mode_that_cannot_heat_a_running_compressor_does_not_heat(mode: str) -> None:
    assert heat(aux(False), compressor(True), action=None, mode=mode).state is HeatState.OFF
    assert heat(aux(False), action="idle", mode=mode).state is HeatState.OFF


@pytest.mark.parametrize(
    ("evidence", "action", "state", "quality"),
    [
        pytest.param(
            [emergency(True)],
            "heating",
            HeatState.EMERGENCY,
            REPORTED,
            id="only the mode is known, heating",
        ),
        pytest.param(
            [emergency(True)], "idle", HeatState.OFF, REPORTED, id="only the mode is known, idle"
        ),
        pytest.param(
            [emergency(True)],
            None,
            HeatState.UNKNOWN,
            None,
            id="only the mode is known, thermostat gone",
        ),
        pytest.param(
            [emergency(False)],
            "heating",
            HeatState.UNKNOWN,
            None,
            id="only the mode is known, and not chosen",
        ),
        pytest.param(
            [emergency(None)], "heating", HeatState.UNKNOWN, None, id="the mode is unknown"
        ),
        pytest.param(
            [emergency(True), aux(True)],
            "heating",
            HeatState.EMERGENCY,
            MEASURED,
            id="mode and relay",
        ),
        pytest.param(
            [emergency(True), aux(False)],
            "heating",
            HeatState.OFF,
            MEASURED,
            id="mode chosen, relay off",
        ),
        pytest.param(
            [emergency(True), aux(True)],
            "idle",
            HeatState.EMERGENCY,
            MEASURED,
            id="mode chosen, relay on, idle said",
        ),
        pytest.param(
            [emergency(True), aux(True), compressor(True)],
            "heating",
            HeatState.HEAT_PUMP_AUX,
            MEASURED,
            id="compressor runs yet",
        ),
        pytest.param(
            [emergency(True), aux(False, INFERRED)],
            "heating",
            HeatState.EMERGENCY,
            REPORTED,
            id="mode against an estimate of off",
        ),
        pytest.param(
            [emergency(True), aux(True, INFERRED)],
            "heating",
            HeatState.EMERGENCY,
            REPORTED,
            id="mode and an estimate of on",
        ),
        pytest.param(
            [emergency(True), aux(None)],
            "heating",
            HeatState.EMERGENCY,
            REPORTED,
            id="mode, relay unknown",
        ),
    ],
)
def test_emergency_mode(
    evidence: list[Evidence], action: str | None, state: HeatState, quality: Quality | None
) -> None:
    found = heat(*evidence, action=action)

    assert (found.state, found.quality) == (state, quality)
    assert found.emergency_mode is evidence[0].is_on


@pytest.mark.parametrize(
    ("evidence", "action", "state"),
    [
        pytest.param([aux(True)], "heating", HeatState.FURNACE, id="furnace on"),
        pytest.param(
            [aux(True), compressor(False)],
            "heating",
            HeatState.FURNACE,
            id="furnace on, compressor off",
        ),
        pytest.param(
            [aux(True), compressor(True)],
            "heating",
            HeatState.HEAT_PUMP_AUX,
            id="furnace and compressor",
        ),
        pytest.param([aux(False)], "heating", HeatState.HEAT_PUMP, id="furnace off"),
        pytest.param([aux(None)], "heating", HeatState.UNKNOWN, id="furnace unknown"),
        pytest.param(
            [emergency(True)], "heating", HeatState.FURNACE, id="emergency heat is the furnace"
        ),
    ],
)
def test_aux_of_a_dual_fuel_home_is_the_furnace(
    evidence: list[Evidence], action: str, state: HeatState
) -> None:
    assert heat(*evidence, action=action, equipment=Equipment.FURNACE).state is state


@pytest.mark.parametrize(
    ("evidence", "action", "state"),
    [
        pytest.param(
            [aux(True)], "heating", HeatState.HEAT_PUMP, id="strips listed for a home that has none"
        ),
        pytest.param([], "heating", HeatState.HEAT_PUMP, id="heating"),
        pytest.param([], "idle", HeatState.OFF, id="idle"),
        pytest.param([], "defrosting", HeatState.DEFROST, id="defrosting"),
        pytest.param([aux(None)], None, HeatState.UNKNOWN, id="thermostat gone"),
        pytest.param(
            [emergency(True)],
            "heating",
            HeatState.OFF,
            id="emergency mode without anything to heat with",
        ),
    ],
)
def test_a_home_without_backup_heat_never_has_aux(
    evidence: list[Evidence], action: str | None, state: HeatState
) -> None:
    found = heat(*evidence, action=action, equipment=Equipment.NONE)

    assert (found.state, found.aux) == (state, False)


def test_the_heat_state_always_agrees_with_the_strips_evidence() -> None:
    three = (True, False, None)
    actions = ("heating", "idle", "cooling", "defrosting", None)
    running = {HeatState.HEAT_PUMP_AUX, HeatState.EMERGENCY, HeatState.FURNACE}
    for strips, pump, mode, ice, action, equipment in product(
        three, three, three, three, actions, Equipment
    ):
        found = heat(
            aux(strips),
            compressor(pump),
            emergency(mode),
            defrost(ice),
            action=action,
            equipment=equipment,
        )

        assert (found.state in running) is (found.aux is True)
        if found.aux is None:
            assert found.state is HeatState.UNKNOWN


@pytest.mark.parametrize(
    ("measured", "reported", "runs"),
    [
        (True, False, True),
        (False, True, False),
        (None, True, True),
        (None, False, False),
        (False, None, False),
        (None, None, None),
    ],
)
def test_a_measured_compressor_outweighs_the_call(
    measured: bool | None, reported: bool | None, runs: bool | None
) -> None:
    assert heat(aux(True), compressor(measured), compressor(reported, REPORTED)).compressor is runs


def thermostat(action: str | None, mode: str | None = "heat") -> Thermostat:
    return Thermostat(hvac_mode=mode, hvac_action=action)


@pytest.mark.parametrize(
    ("own", "others", "called"),
    [
        pytest.param("heating", [], "heating", id="the only one"),
        pytest.param("idle", ["heating"], "heating", id="another one"),
        pytest.param("off", ["idle", "defrosting"], "defrosting", id="a third one, by its defrost"),
        pytest.param("preheating", ["heating"], "preheating", id="its own call comes first"),
        pytest.param("idle", ["cooling", None], "idle", id="none"),
        pytest.param(None, ["heating"], "heating", id="this one does not tell"),
    ],
)
def test_the_caller_may_be_any_thermostat(
    own: str | None, others: list[str | None], called: str
) -> None:
    observation = Observation(
        at=START,
        thermostat=thermostat(own),
        other_thermostats=tuple(thermostat(other) for other in others),
    )
    assert calling_thermostat(observation).hvac_action == called


@pytest.mark.parametrize(
    ("others", "is_called"),
    [
        pytest.param([], False, id="nobody else"),
        pytest.param([thermostat("idle"), thermostat("fan")], False, id="nobody calls"),
        pytest.param(
            [thermostat(None, None), thermostat("heating")], True, id="one calls, one is silent"
        ),
        pytest.param([thermostat(None, None), thermostat("idle")], None, id="one is silent"),
        pytest.param([thermostat(None, "heat")], None, id="one never tells what it does"),
        pytest.param([thermostat(None, "off")], False, id="but it is off"),
    ],
)
def test_a_call_of_another_thermostat_is_detected(
    others: list[Thermostat], is_called: bool | None
) -> None:
    assert is_called_elsewhere(Observation(at=START, other_thermostats=tuple(others))) is is_called
