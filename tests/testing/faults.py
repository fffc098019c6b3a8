"""All planted faults by name, each with the property that it breaks."""

from tests.testing.faults_of_outputs import OF_OUTPUTS
from tests.testing.faults_of_states import OF_STATES_AND_WEIGHTS
from tests.testing.planting import with_changes

FAULTS = {**OF_OUTPUTS, **OF_STATES_AND_WEIGHTS}


def with_fault(name: str, mixer: str) -> str:
    """The text of the mixer with one of FAULTS, registered as `mixer`."""
    return with_changes(FAULTS[name][1], mixer)
