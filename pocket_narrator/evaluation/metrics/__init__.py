"""Metrics on stories: what each one means stands beside how it is computed, one file a family.

`registry.FAMILIES` lists them all; `docs/metrics.md` is made from it.
"""
