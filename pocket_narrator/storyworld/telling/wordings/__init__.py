"""Wordings that all plots share, as data in the notation of `telling/template.py`."""
