"""Says it when a training runs far below the speed that it had: mostly because something else has come to use the cores."""

SLOW = 0.4  # of the best speed so far
PATIENCE = 3  # records in a row


class SlowdownWatch:
    """Looks at the speeds of a run's records, in tokens a second, and speaks once for each time that it slows down."""

    def __init__(self) -> None:
        self._best = 0.0
        self._slow = 0

    def look(self, speed: float) -> str | None:
        """What to tell the user, or none."""
        self._best = max(self._best, speed)
        self._slow = self._slow + 1 if speed < SLOW * self._best else 0
        if self._slow != PATIENCE:
            return None
        return (
            f"training has slowed down to {speed:,.0f} tokens/s, from {self._best:,.0f}: threads that must share cores "
            "with other programs wait for each other; stop those, or start narrator with OMP_NUM_THREADS=1"
        )
