"""Whether the strips run, and whether emergency heat was chosen."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

from homeassistant.components.binary_sensor import BinarySensorEntity, BinarySensorEntityDescription
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import GuardConfigEntry, GuardCoordinator
from .core.model import Heat, Role
from .entity import GuardEntity

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class GuardBinarySensorDescription(BinarySensorEntityDescription):
    """A binary sensor and how to read it off what heats."""

    is_on: Callable[[Heat], bool | None]


AUX_HEAT = GuardBinarySensorDescription(
    key="aux_heat",
    translation_key="aux_heat",
    device_class=BinarySensorDeviceClass.RUNNING,
    is_on=attrgetter("strips"),
)
EMERGENCY_HEAT = GuardBinarySensorDescription(
    key="emergency_heat",
    translation_key="emergency_heat",
    is_on=attrgetter("emergency_mode"),
)


async def async_setup_entry(_hass: HomeAssistant, entry: GuardConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback) -> None:
    """Add the binary sensors of a guard."""
    coordinator = entry.runtime_data
    mode_is_seen = any(signal.role is Role.EMERGENCY for signal in coordinator.guarded.settings.signals)
    async_add_entities(
        [
            GuardBinarySensor(coordinator, AUX_HEAT),
            GuardBinarySensor(coordinator, EMERGENCY_HEAT, enabled=mode_is_seen),
        ]
    )


class GuardBinarySensor(GuardEntity[Heat, bool | None], BinarySensorEntity):
    """A binary sensor of a guard; unknown while nothing tells."""

    entity_description: GuardBinarySensorDescription

    def __init__(self, coordinator: GuardCoordinator, description: GuardBinarySensorDescription, *, enabled: bool = True) -> None:
        super().__init__(coordinator, description)
        self._attr_entity_registry_enabled_default = enabled

    def subject(self) -> Heat:
        """Look at what heats."""
        return self.coordinator.data.heat

    def part_of(self, subject: Heat) -> bool | None:
        """Pick the state."""
        return self.entity_description.is_on(subject)

    def show(self, part: bool | None) -> None:
        """Take over the state."""
        self._attr_is_on = part
