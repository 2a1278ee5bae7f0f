"""What all tests share: where Home Assistant is not installed, the core and the lab still import."""

from lab.core_alone import let_core_stand_alone

let_core_stand_alone()
