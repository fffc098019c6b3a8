"""Tests for what others write: the contract of a mixer, tried on any kind of it.

from pocket_narrator.testing import check_mixer
assert check_mixer("my_mixer").passed
"""

from pocket_narrator.testing.check import MixerReport, check_mixer
from pocket_narrator.testing.finding import Finding
from pocket_narrator.testing.properties.table import PROPERTIES, Property

__all__ = ["PROPERTIES", "Finding", "MixerReport", "Property", "check_mixer"]
