"""Exact runtimes, with unknown time counted separately."""
