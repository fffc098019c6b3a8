"""No dependency tells anybody of its use, unless the user wants it to."""

import json
import os
import subprocess
import sys

import pytest

from pocket_narrator.process.telemetry import OFF

LOOK = "import json, os, sys; {first}; print(json.dumps([dict(os.environ), sorted(sys.modules)]))"
SENDING = {"gradio", "huggingface_hub", "ray", "transformers", "wandb"}


def after(first: str, **given: str) -> tuple[dict[str, str], set[str]]:
    """The environment and the modules of a new process after an import."""
    environment = {name: value for name, value in os.environ.items() if name not in OFF}
    done = subprocess.run(
        [sys.executable, "-c", LOOK.format(first=first)],
        env={**environment, **given},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    found, modules = json.loads(done.stdout)
    return found, set(modules)


@pytest.mark.parametrize("first", ["import pocket_narrator", "from pocket_narrator.cli import main"])
def test_it_is_off_before_anything_is_imported_that_sends(first: str) -> None:
    found, modules = after(first)
    assert {name: found.get(name) for name in OFF} == OFF
    assert not SENDING & modules


def test_what_the_user_has_set_stays() -> None:
    found, _ = after("import pocket_narrator", RAY_USAGE_STATS_ENABLED="1", DO_NOT_TRACK="0")
    assert found["RAY_USAGE_STATS_ENABLED"] == "1"
    assert found["DO_NOT_TRACK"] == "0"
    assert found["GRADIO_ANALYTICS_ENABLED"] == "False"


def test_the_libraries_take_it_as_off() -> None:
    pytest.importorskip("huggingface_hub")
    code = "import pocket_narrator; from huggingface_hub import constants as c; os.environ['SEEN'] = str(c.HF_HUB_DISABLE_TELEMETRY)"
    assert after(code)[0]["SEEN"] == "True"


def test_gradio_takes_it_as_off() -> None:
    pytest.importorskip("gradio")
    code = (
        "import pocket_narrator; from gradio import analytics; os.environ['SEEN'] = str(analytics.analytics_enabled())"
    )
    assert after(code)[0]["SEEN"] == "False"


def test_wandb_takes_it_as_off() -> None:
    pytest.importorskip("wandb")
    code = "import pocket_narrator; from wandb.env import error_reporting_enabled as e; os.environ['SEEN'] = str(e())"
    assert after(code)[0]["SEEN"] == "False"
