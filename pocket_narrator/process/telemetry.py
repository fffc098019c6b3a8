"""Nothing is sent to anybody: whatever a dependency tells its makers of its use is switched off before it is imported. What the
user has set wins."""

import os

OFF = {
    "DO_NOT_TRACK": "1",  # a convention that several libraries keep
    "HF_HUB_DISABLE_TELEMETRY": "1",  # huggingface_hub, and through it transformers and gradio
    "GRADIO_ANALYTICS_ENABLED": "False",
    "RAY_USAGE_STATS_ENABLED": "0",
    "WANDB_ERROR_REPORTING": "false",  # of the program to its makers; runs are sent only where a recipe asks for it
}


def switch_off() -> None:
    """For this process and those that it starts."""
    for name, value in OFF.items():
        os.environ.setdefault(name, value)
