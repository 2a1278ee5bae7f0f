"""Figures and decisions as words and tables."""
