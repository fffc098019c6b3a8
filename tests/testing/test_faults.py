"""Every planted fault is found, by the property that it breaks."""

import pytest

from pocket_narrator.plugins.files import load_plugin
from pocket_narrator.testing import check_mixer
from tests.testing.faults import FAULTS, with_fault


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault, tmp_path):
    name = f"faulty_{list(FAULTS).index(fault)}"
    path = tmp_path / f"{name}.py"
    path.write_text(with_fault(fault, name), encoding="utf-8")
    assert load_plugin(path).names == {"mixers": [name]}
    broken = FAULTS[fault][0]
    (finding,) = check_mixer(name, properties=[broken]).findings
    assert finding.outcome == "failed"
    assert finding.what
    assert ("it raises" in finding.what) == (fault == "a fixed width")  # and not that a fault's own text is wrong
    assert finding.cause
