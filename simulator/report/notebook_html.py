"""Escaped HTML of results for notebooks; it lives on the lowest floor, where exact results reach it too."""

from simulator.notebook_html import MISSING, block, cell, frame_table, sentences, table

__all__ = ["MISSING", "block", "cell", "frame_table", "sentences", "table"]
