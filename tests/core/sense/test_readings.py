"""The evidence that each kind of signal reads from values of real sources."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.model import Observation, Quality, Raw, Role, Source
from custom_components.aux_heat_guard.core.sense.kinds import (
    CounterSignal,
    EqualsSignal,
    InferenceSignal,
    OnOffSignal,
    ThresholdSignal,
    TokenSignal,
)
from custom_components.aux_heat_guard.core.sense.signals import sense
from custom_components.aux_heat_guard.core.sense.values import plausible_temperature, read_number
from custom_components.aux_heat_guard.core.settings.guard import Settings
from custom_components.aux_heat_guard.core.settings.signal import Signal, SignalMemory

from ..helpers import (
    ATTRIBUTE,
    RELAY,
    START,
    after,
    judge_reading,
    judge_readings,
    make_observation,
    thorough,
)

ECOBEE = TokenSignal(
    ATTRIBUTE,
    tokens=frozenset({"auxheat1", "auxheat2", "auxheat3"}),
    other_tokens=frozenset(
        {
            "heatpump",
            "heatpump2",
            "heatpump3",
            "compcool1",
            "compcool2",
            "fan",
            "humidifier",
            "auxhotwater",
            "comphotwater",
        }
    ),
)
NEVIWEB = EqualsSignal(
    Source("climate.home", "heat_level_source_type"), values=frozenset({"auxheating"})
)
WATERFURNACE = EqualsSignal(
    Source("sensor.furnace_mode"),
    values=frozenset({"aux heat", "e-heat"}),
    other_values=frozenset({"standby", "heating 1", "heating 2", "reheat", "lockout"}),
)
PRESET = EqualsSignal(
    Source("climate.home", "preset_mode"), values=frozenset({"auxiliary"}), role=Role.EMERGENCY
)
SWITCH = OnOffSignal(Source("switch.emergency_heat"), role=Role.EMERGENCY, quality=Quality.REPORTED)
LENNOX = OnOffSignal(Source("climate.home", "aux"), quality=Quality.REPORTED)
SENSI = ThresholdSignal(
    Source("climate.home", "hvac_aux_stage"), on_above=0, off_below=0, quality=Quality.REPORTED
)
INFINITUDE = EqualsSignal(
    Source("sensor.furnace_status"),
    values=frozenset({"stage_1", "stage_2", "stage_3", "stage_4", "stage_5"}),
    other_values=frozenset({"off"}),
)
DEFROST = EqualsSignal(
    Source("sensor.heatpump_status"), values=frozenset({"defrost"}), role=Role.DEFROST
)
ZWAVE = EqualsSignal(
    Source("sensor.operating_state"),
    values=frozenset({"aux heating", "2nd stage aux heat", "3rd stage aux heat"}),
    other_values=frozenset(),
)
RELAY_SIGNAL = OnOffSignal(RELAY)
POWER = ThresholdSignal(Source("sensor.strips_power"), on_above=1000, off_below=500, unit="W")
COUNTER = CounterSignal(Source("sensor.aux_runtime"))

EVERY_KIND: dict[str, Signal] = {
    "tokens": ECOBEE,
    "equals": WATERFURNACE,
    "on off": RELAY_SIGNAL,
    "threshold": POWER,
    "counter": COUNTER,
    "inference": InferenceSignal(),
}


@pytest.mark.parametrize(
    ("signal", "raw", "verdict"),
    [
        pytest.param(ECOBEE, "auxHeat1", True, id="ecobee: strips alone"),
        pytest.param(ECOBEE, "heatPump,auxHeat1,fan", True, id="ecobee: strips among others"),
        pytest.param(ECOBEE, "fan,auxHeat2,heatPump2", True, id="ecobee: in any order"),
        pytest.param(ECOBEE, " fan , AUXHEAT3 ", True, id="ecobee: spaces and capitals"),
        pytest.param(ECOBEE, "heatPump,fan", False, id="ecobee: the pump alone"),
        pytest.param(ECOBEE, "compCool1,fan,humidifier", False, id="ecobee: cooling"),
        pytest.param(ECOBEE, "auxHotWater,fan", False, id="ecobee: hot water is not AUX"),
        pytest.param(ECOBEE, "", False, id="ecobee: an empty list is idle"),
        pytest.param(ECOBEE, "  ", False, id="ecobee: a blank list is idle"),
        pytest.param(ECOBEE, ("heatPump", "auxHeat1"), True, id="a list with strips"),
        pytest.param(ECOBEE, ("heatPump", " fan"), False, id="a list without"),
        pytest.param(ECOBEE, (), False, id="an empty list"),
        pytest.param(ECOBEE, "unavailable", None, id="ecobee: unavailable"),
        pytest.param(ECOBEE, "unknown", None, id="ecobee: unknown"),
        pytest.param(ECOBEE, "None", None, id="ecobee: a template found nothing"),
        pytest.param(ECOBEE, None, None, id="ecobee: attribute vanished"),
        pytest.param(NEVIWEB, "auxHeating", True, id="neviweb130: AUX"),
        pytest.param(NEVIWEB, "heating", False, id="neviweb130: heating"),
        pytest.param(NEVIWEB, None, None, id="neviweb130: attribute vanished"),
        pytest.param(WATERFURNACE, "Aux Heat", True, id="waterfurnace: Aux Heat"),
        pytest.param(WATERFURNACE, "E-Heat", True, id="waterfurnace: E-Heat"),
        pytest.param(WATERFURNACE, " aux heat ", True, id="waterfurnace: spaces and capitals"),
        pytest.param(WATERFURNACE, "Standby", False, id="waterfurnace: Standby"),
        pytest.param(WATERFURNACE, "Heating 2", False, id="waterfurnace: Heating 2"),
        pytest.param(WATERFURNACE, "Reheat", False, id="waterfurnace: Reheat"),
        pytest.param(WATERFURNACE, "Lockout", False, id="waterfurnace: Lockout"),
        pytest.param(WATERFURNACE, "unavailable", None, id="waterfurnace: unavailable"),
        pytest.param(WATERFURNACE, "None", None, id="waterfurnace: a template found nothing"),
        pytest.param(WATERFURNACE, "", None, id="waterfurnace: empty"),
        pytest.param(PRESET, "Auxiliary", True, id="zwave_js: preset Auxiliary"),
        pytest.param(PRESET, "none", False, id="zwave_js: no preset is chosen"),
        pytest.param(PRESET, None, None, id="zwave_js: presets vanished"),
        pytest.param(ZWAVE, "2nd Stage Aux Heat", True, id="zwave_js: operating state"),
        pytest.param(ZWAVE, "Heating", False, id="zwave_js: heating"),
        pytest.param(SWITCH, "on", True, id="nexia: emergency heat on"),
        pytest.param(SWITCH, "off", False, id="nexia: emergency heat off"),
        pytest.param(LENNOX, True, True, id="lennox: true"),
        pytest.param(LENNOX, False, False, id="lennox: false"),
        pytest.param(LENNOX, None, None, id="lennox: null"),
        pytest.param(SENSI, 0, False, id="sensi: 0"),
        pytest.param(SENSI, 50, True, id="sensi: 50"),
        pytest.param(SENSI, 100, True, id="sensi: 100"),
        pytest.param(SENSI, "100", True, id="sensi: as text"),
        pytest.param(INFINITUDE, "off", False, id="infinitude: off"),
        pytest.param(INFINITUDE, "stage_1", True, id="infinitude: stage_1"),
        pytest.param(INFINITUDE, "stage_5", True, id="infinitude: stage_5"),
        pytest.param(DEFROST, "defrost", True, id="infinitude: defrost"),
        pytest.param(DEFROST, "stage_2", False, id="infinitude: no defrost"),
        pytest.param(RELAY_SIGNAL, "on", True, id="relay: on"),
        pytest.param(RELAY_SIGNAL, "off", False, id="relay: off"),
        pytest.param(RELAY_SIGNAL, "ON", True, id="relay: in capitals"),
        pytest.param(RELAY_SIGNAL, "yes", True, id="relay: yes"),
        pytest.param(RELAY_SIGNAL, 0, False, id="relay: 0"),
        pytest.param(RELAY_SIGNAL, 1, True, id="relay: 1"),
        pytest.param(RELAY_SIGNAL, "", None, id="relay: empty"),
        pytest.param(RELAY_SIGNAL, "none", None, id="relay: a template found nothing"),
        pytest.param(RELAY_SIGNAL, "unavailable", None, id="relay: unavailable"),
        pytest.param(RELAY_SIGNAL, "unknown", None, id="relay: unknown"),
        pytest.param(POWER, "9876.5", True, id="power: on"),
        pytest.param(POWER, 1000.1, True, id="power: just over the threshold"),
        pytest.param(POWER, 1000, False, id="power: at the threshold"),
        pytest.param(POWER, 750, False, id="power: between the thresholds, nothing known before"),
        pytest.param(POWER, 0, False, id="power: zero"),
        pytest.param(POWER, -40.0, False, id="power: a clamp the wrong way round"),
        pytest.param(POWER, 1e9, True, id="power: 1e9 is over the threshold"),
        pytest.param(POWER, "unknown", None, id="power: unknown"),
        pytest.param(POWER, "unavailable", None, id="power: unavailable"),
        pytest.param(POWER, "", None, id="power: empty"),
        pytest.param(POWER, None, None, id="power: nothing"),
    ],
)
def test_a_known_reading_is_judged(signal: Signal, raw: Raw, verdict: bool | None) -> None:
    evidence = judge_reading(signal, raw)

    assert (evidence.is_on, evidence.unknown_value) == (verdict, None)
    assert (evidence.role, evidence.quality) == (signal.role, signal.quality)


@pytest.mark.parametrize(
    ("signal", "raw", "strange"),
    [
        pytest.param(ECOBEE, "heatPump,ventilator", "ventilator", id="ecobee: a token never seen"),
        pytest.param(ECOBEE, ("fan", "b", "a"), "a, b", id="two tokens never seen"),
        pytest.param(ECOBEE, 5, "5", id="a list that became a number"),
        pytest.param(ECOBEE, True, "true", id="a list that became a boolean"),
        pytest.param(WATERFURNACE, "Defrost", "defrost", id="waterfurnace: a mode never seen"),
        pytest.param(WATERFURNACE, ("Aux Heat",), "('aux heat',)", id="a mode that became a list"),
        pytest.param(RELAY_SIGNAL, "open", "open", id="relay: open"),
        pytest.param(RELAY_SIGNAL, 2, "2", id="relay: 2"),
        pytest.param(RELAY_SIGNAL, (), "()", id="relay: a list"),
        pytest.param(POWER, "strong", "strong", id="power: text"),
        pytest.param(POWER, "12,5", "12,5", id="power: decimal comma"),
        pytest.param(POWER, True, "true", id="power: boolean"),
        pytest.param(POWER, float("nan"), "nan", id="power: NaN"),
        pytest.param(POWER, "NaN", "nan", id="power: NaN as text"),
        pytest.param(POWER, float("inf"), "inf", id="power: inf"),
        pytest.param(POWER, "-inf", "-inf", id="power: -inf"),
        pytest.param(POWER, "1e400", "1e400", id="power: too large for a float"),
        pytest.param(
            POWER, 10**400, str(10**400), id="power: a whole number too large for a float"
        ),
        pytest.param(
            POWER,
            10**5000,
            "a number too long to write",
            id="power: a whole number too long to write",
        ),
        pytest.param(POWER, ("1200",), "('1200',)", id="power: a list"),
        pytest.param(COUNTER, "soon", "soon", id="counter: text"),
    ],
)
def test_an_unknown_reading_is_reported(signal: Signal, raw: Raw, strange: str) -> None:
    evidence = judge_reading(signal, raw)

    assert (evidence.is_on, evidence.unknown_value) == (None, strange)


def test_a_known_token_counts_beside_an_unknown_one() -> None:
    evidence = judge_reading(ECOBEE, "ventilator,auxHeat1")

    assert (evidence.is_on, evidence.unknown_value) == (True, "ventilator")


def test_without_a_token_list_no_token_is_unknown() -> None:
    evidence = judge_reading(TokenSignal(ATTRIBUTE, tokens=frozenset({"w2"})), "y1,g")

    assert (evidence.is_on, evidence.unknown_value) == (False, None)


def test_a_listed_state_named_none_counts() -> None:
    source = Source("select.heat_source")
    assert (
        judge_reading(
            EqualsSignal(source, values=frozenset({"aux"}), other_values=frozenset({"none"})),
            "none",
        ).is_on
        is False
    )
    assert judge_reading(EqualsSignal(source, values=frozenset({"none"})), "none").is_on is True


@pytest.mark.parametrize(
    ("signal", "raw", "verdict", "strange"),
    [
        pytest.param(PRESET, "home", False, None, id="a preset of the thermostat's list"),
        pytest.param(PRESET, "auxiliary", True, None, id="the preset that means emergency heat"),
        pytest.param(
            PRESET, "manual 3", None, "manual 3", id="a preset that the thermostat does not list"
        ),
        pytest.param(
            NEVIWEB, "geothermal", None, "geothermal", id="an attribute's word that nobody knows"
        ),
        pytest.param(
            TokenSignal(ATTRIBUTE, tokens=frozenset({"w2"})),
            "home,y1",
            None,
            "y1",
            id="a token that nobody knows",
        ),
        pytest.param(
            TokenSignal(ATTRIBUTE, tokens=frozenset({"w2"})),
            "home",
            False,
            None,
            id="a token that is known",
        ),
    ],
)
def test_a_word_that_the_source_does_not_list_is_unknown(
    signal: Signal, raw: Raw, verdict: bool | None, strange: str | None
) -> None:
    evidence, _ = sense(
        signal,
        raw,
        make_observation(START, raw),
        SignalMemory(),
        frozenset({"none", "home", "away"}),
    )

    assert (evidence.is_on, evidence.unknown_value) == (verdict, strange)


def test_a_changed_option_list_is_reread() -> None:
    settings = Settings(signals=(PRESET,))
    before = replace(
        make_observation(START, "boost", action="heating"),
        known_values=(frozenset({"none", "boost"}),),
    )
    now = replace(before, at=after(60), known_values=(frozenset({"none"}),))
    state = engine.step(engine.start(START, settings), before, settings).state

    assert [piece.is_on for piece in state.tracker.evidence] == [False]
    assert [piece.is_on for piece in engine.step(state, now, settings).state.tracker.evidence] == [
        None
    ]


def test_words_match_whatever_their_letters() -> None:
    german = EqualsSignal(Source("sensor.heizung"), values=frozenset({"außen heizstab".casefold()}))

    assert judge_reading(german, "Außen Heizstab").is_on is True


def test_power_stays_on_down_to_the_lower_threshold_and_off_up_to_the_upper() -> None:
    power = ThresholdSignal(RELAY, on_above=1000, off_below=500, timing=RELAY_SIGNAL.timing)

    verdicts = judge_readings(
        power, (0, 400), (1, 900), (2, 1001), (3, 900), (4, 501), (5, 500), (6, 1000), (7, 1001)
    )

    assert verdicts == [False, False, True, True, True, False, False, True]


def test_power_between_the_thresholds_after_a_gap_is_unknown() -> None:
    power = ThresholdSignal(RELAY, on_above=1000, off_below=500, timing=RELAY_SIGNAL.timing)

    assert judge_readings(power, (0, 5000), (1, "unavailable"), (2, 700)) == [True, None, False]


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("21.5", 21.5),
        (21, 21.0),
        (" 7 ", 7.0),
        (True, None),
        ((), None),
        ("", None),
        (None, None),
        (10**400, None),
        ("1e400", None),
    ],
)
def test_only_a_finite_number_is_read(raw: Raw, value: float | None) -> None:
    assert read_number(raw) == value


@pytest.mark.parametrize(
    ("value", "passed"),
    [
        (21.0, 21.0),
        (-60.0, -60.0),
        (60.0, 60.0),
        (60.1, None),
        (1e9, None),
        (float("nan"), None),
        (None, None),
    ],
)
def test_only_a_plausible_temperature_passes(value: float | None, passed: float | None) -> None:
    assert plausible_temperature(value) == passed


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=5000, max_value=6000).map(lambda digits: 10**digits)
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from(["\ud800", "unavailable", "on", "Aux Heat", "auxHeat1", "1e400", "١٢"]),
    lambda inner: st.lists(inner, max_size=4).map(tuple),
    max_leaves=6,
)


@pytest.mark.parametrize("kind", EVERY_KIND)
@thorough
@given(first=ANYTHING, second=ANYTHING)
def test_no_reading_of_any_kind_raises(kind: str, first: Raw, second: Raw) -> None:
    signal = EVERY_KIND[kind]
    _, memory = sense(signal, first, Observation(at=START), SignalMemory())
    evidence, _ = sense(signal, second, Observation(at=START), memory)

    assert evidence.is_on in (True, False, None)
