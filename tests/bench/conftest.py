"""The other tests' environments have none of the packages that are compared with."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("thermostat") else ["test_*.py"]
