"""What all parts of a recipe have in common."""

from pydantic import BaseModel, ConfigDict

LARGEST_SEED = 2**64 - 1


class Section(BaseModel):
    """A part of a recipe: immutable, and unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


# The keys of the sections `corpus` and `tokenizer` that have been in the names of prepared data from the beginning.
_FIRST_KEYS = frozenset(
    (
        *("kind", "seed", "stories", "validation_stories", "sources", "weight", "epochs", "corpus"),
        *("train", "validation", "layout", "column", "rows", "matches", "validation_fraction", "fraction"),
        *("dataset", "revision", "cleaning", "rules", "skip", "books", "min_letters", "max_characters"),
        *("known_zipf", "max_foreign_words", "near_duplicate_similarity", "vocabulary_size", "path", "repository"),
    )
)


def name_key(section: Section) -> dict[str, object]:
    """What the name of a folder of prepared data is made of: the section as JSON, but a key that came later only where it
    is not at its default. So a new key leaves everybody's prepared data where it is."""
    key: dict[str, object] = {}
    plain = section.model_dump(mode="json")
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if name not in _FIRST_KEYS and value == field.default:
            continue
        if isinstance(value, Section):
            key[name] = name_key(value)
        elif isinstance(value, dict):
            key[name] = {inner: name_key(one) if isinstance(one, Section) else one for inner, one in value.items()}
        else:
            key[name] = plain[name]
    return key
