"""Configuration for all tests: the core and the lab are imported without Home Assistant."""

from lab.core_alone import let_core_stand_alone

let_core_stand_alone()
