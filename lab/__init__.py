"""The proving ground: a house, a heat pump, strips and a thermostat as a pure stepping model."""
