"""What a cleaning did, in figures that add up: stories read = stories kept + stories rejected."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from pocket_narrator.corpus.cleaning.verdict import Reason
from pocket_narrator.files.json_file import with_checksum
from pocket_narrator.recipe.schema import CleaningConfig


@dataclass
class Tally:
    """Counts of one text. Characters are those of the stories as they were read, but for `written`."""

    stories_kept: int = 0
    stories_rejected: int = 0
    characters_kept: int = 0
    characters_rejected: int = 0
    characters_written: int = 0
    reasons: Counter[str] = field(default_factory=Counter)  # stories that a rule rejects, whatever others say of them
    only_reasons: Counter[str] = field(default_factory=Counter)  # stories that nothing else rejects
    reason_characters: Counter[str] = field(default_factory=Counter)
    mended: Counter[str] = field(default_factory=Counter)  # kept stories

    @property
    def stories_read(self) -> int:
        return self.stories_kept + self.stories_rejected

    def keep(self, characters: int, written: int, mended: tuple[str, ...]) -> None:
        self.stories_kept += 1
        self.characters_kept += characters
        self.characters_written += written
        self.mended.update(mended)

    def reject(self, characters: int, reasons: tuple[Reason, ...]) -> None:
        assert reasons, "a story is rejected for a reason"
        self.stories_rejected += 1
        self.characters_rejected += characters
        rules = {reason.rule for reason in reasons}
        self.reasons.update(rules)
        if len(rules) == 1:
            self.only_reasons.update(rules)
        self.reason_characters.update(dict.fromkeys(rules, characters))

    def summary(self) -> dict[str, Any]:
        """As it stands in `manifest.json`."""
        read = self.stories_read
        return {
            "stories": {"read": read, "kept": self.stories_kept, "rejected": self.stories_rejected},
            "characters": {
                "read": self.characters_kept + self.characters_rejected,
                "kept": self.characters_kept,
                "rejected": self.characters_rejected,
                "written": self.characters_written,
            },
            "reasons": {
                rule: {
                    "stories": count,
                    "stories_percent": round(100 * count / read, 3),
                    "stories_with_no_other_reason": self.only_reasons[rule],
                    "characters": self.reason_characters[rule],
                }
                for rule, count in sorted(self.reasons.items(), key=lambda item: (-item[1], item[0]))
            },
            "mended": dict(sorted(self.mended.items())),
        }


def manifest_text(name: str, manifest: dict[str, Any]) -> str:
    """As it stands in the file `name`: in this order, with a checksum."""
    document = with_checksum(name, {"format_version": CleaningConfig.version, **manifest})
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
