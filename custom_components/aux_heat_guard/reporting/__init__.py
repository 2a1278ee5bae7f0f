"""Figures and decisions in words and tables."""
