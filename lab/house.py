"""A house of two heat capacities, the air and the mass (walls, floors, furniture), stepped exactly.

With the air at Ta, the mass at Tm and outdoors at To (all °C, flows in W):

    air_j_per_k  dTa/dt = loss_w_per_k (To - Ta) + coupling_w_per_k (Tm - Ta) + air_w
    mass_j_per_k dTm/dt = coupling_w_per_k (Ta - Tm) + mass_w

Outdoor temperature and heat flows are constant over a step, so the step is the matrix exponential
of this 2 x 2 system, in closed form: stable and without error at any length. The heat lost comes
from the integral of the same solution, not from the balance, so that the balance can be checked
against it.
"""

from dataclasses import dataclass
from math import exp, expm1, sqrt

from lab.units import J_PER_BTU, K_PER_F, W_PER_BTU_H


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What a house is built of.

    The defaults are the benchmark house, with a time constant of (2 + 11) / 0.450 = 29 h.
    """

    air_j_per_k: float = 2e3 * J_PER_BTU / K_PER_F
    """Heat capacity of the air and what follows it at once, J/K: 2 kBtu/°F."""
    mass_j_per_k: float = 11e3 * J_PER_BTU / K_PER_F
    """Heat capacity of the mass, J/K: 11 kBtu/°F."""
    loss_w_per_k: float = 450.0 * W_PER_BTU_H / K_PER_F
    """Heat loss from the air to outdoors, W/K: 450 Btu/h °F."""
    coupling_w_per_k: float = 1100.0
    """Heat flow between air and mass, W/K: the air by itself settles within an hour, as rooms do.
    The benchmark does not state it. ISO 13790 (air to surfaces 3.45 W/m²K over 4.5 m² for each m²
    of floor, surfaces to mass 9.1 over 2.5) gives 1.75 kW/K for the bare surfaces of a light house
    with this mass; with the value here, as of surfaces under carpet and furniture, the AUX of the
    benchmark's 62 -> 70 °F schedule over a winter in Greensboro comes out within 2 %."""
    gains_w: float = 650.0
    """People and appliances, W, day and night."""
    gains_to_mass: float = 0.5
    """Share of the gains that is radiated into the mass: ISO 13790 gives half to the air."""
    solar_aperture_m2: float = 3.0
    """What enters of the sun, m²: watts indoors for each W/m² on level ground. All of it falls on
    the mass, as in ISO 13790. The reference home of the US model energy code of 190 m² (glass of 15
    % of the floor, heat gain coefficient 0.40, indoor shading 0.84; glass facing all four ways gets
    0.67 of what level ground gets) has 6.4 m² in the open; trees, eaves and neighbours take half of
    it here, with which the benchmark's total energy of a winter in Greensboro comes out
    within 2 %."""

    def __post_init__(self) -> None:
        """Refuse a house without an answer: the step divides by each of these."""
        if (
            min(self.air_j_per_k, self.mass_j_per_k, self.loss_w_per_k, self.coupling_w_per_k)
            <= 0.0
        ):
            raise ValueError("heat capacities, loss and coupling of a house must be above zero")


@dataclass(frozen=True, slots=True)
class HouseState:
    """Temperatures, °C: of the air, which is what the thermostat reads, and of the mass."""

    air_c: float
    mass_c: float


@dataclass(frozen=True, slots=True)
class HeatFlow:
    """Heat given to the air and to the mass, W."""

    air_w: float
    mass_w: float


@dataclass(frozen=True, slots=True)
class HouseStep:
    """Where a step ends, and the heat that left for outdoors on the way, J."""

    state: HouseState
    lost_j: float


def stored_j(house: House, state: HouseState) -> float:
    """Return the heat a house holds, J above 0 °C."""
    return house.air_j_per_k * state.air_c + house.mass_j_per_k * state.mass_c


def gains(house: House, sun_w_per_m2: float) -> HeatFlow:
    """Return what people, appliances and sun give; the sun is W/m² on level ground."""
    radiated = house.gains_w * house.gains_to_mass
    return HeatFlow(house.gains_w - radiated, radiated + house.solar_aperture_m2 * sun_w_per_m2)


def advance(
    house: House, state: HouseState, heat: HeatFlow, outdoor_c: float, seconds: float
) -> HouseStep:
    """Return a house after some seconds under constant heat flows and outdoor temperature (°C)."""
    air, mass, loss, coupling = (
        house.air_j_per_k,
        house.mass_j_per_k,
        house.loss_w_per_k,
        house.coupling_w_per_k,
    )
    heat_w = heat.air_w + heat.mass_w
    rest_air = outdoor_c + heat_w / loss
    rest_mass = rest_air + heat.mass_w / coupling
    from_air, from_mass = state.air_c - rest_air, state.mass_c - rest_mass

    # The distance from rest decays as x' = A x, A = [[a, b], [c, d]], with the eigenvalues middle ±
    # spread, both below zero.
    a, b, c, d = -(loss + coupling) / air, coupling / air, coupling / mass, -coupling / mass
    middle = (a + d) / 2.0
    spread = sqrt((a - d) ** 2 / 4.0 + b * c)
    slow, fast = loss * coupling / (air * mass) / (middle - spread), middle - spread

    # exp(A t) = even I + odd (A - middle I); its integral over t is the same with the integrals of
    # even and odd.
    even, odd = (
        (exp(slow * seconds) + exp(fast * seconds)) / 2.0,
        -exp(slow * seconds) * expm1(-2.0 * spread * seconds) / (2.0 * spread),
    )
    slow_sum, fast_sum = expm1(slow * seconds) / slow, expm1(fast * seconds) / fast
    even_sum, odd_sum = (slow_sum + fast_sum) / 2.0, (slow_sum - fast_sum) / (2.0 * spread)

    pull_air = (a - middle) * from_air + b * from_mass
    pull_mass = c * from_air + (d - middle) * from_mass
    air_c = rest_air + even * from_air + odd * pull_air
    mass_c = rest_mass + even * from_mass + odd * pull_mass
    lost_j = loss * (even_sum * from_air + odd_sum * pull_air) + heat_w * seconds
    return HouseStep(HouseState(air_c, mass_c), lost_j)
