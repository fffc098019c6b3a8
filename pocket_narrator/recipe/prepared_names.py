"""What the names of folders of prepared data are made of."""

from pocket_narrator.recipe.corpus import CleaningConfig
from pocket_narrator.recipe.section import Section


def name_key(section: Section) -> dict[str, object]:
    """A section's version, and its keys that are not at their defaults, as JSON: so a new key leaves everybody's prepared data
    where it is."""
    changed = {
        name: getattr(section, name)
        for name, field in type(section).model_fields.items()
        if field.is_required() or getattr(section, name) != field.get_default(call_default_factory=True)
    }
    plain = section.model_dump(mode="json")
    return {"version": section.version, **{name: _key_of(value, plain[name]) for name, value in changed.items()}}


def _key_of(value: object, plain: object) -> object:
    if isinstance(value, Section):
        return name_key(value)
    if isinstance(value, dict) and isinstance(plain, dict):
        return {name: _key_of(one, plain[name]) for name, one in value.items()}
    return plain


# Names were made of these keys, at their defaults too, before sections had versions; of later keys only where they were not.
_EARLIER_KEYS = frozenset(
    (
        *("kind", "seed", "stories", "validation_stories", "sources", "weight", "epochs", "corpus"),
        *("train", "validation", "layout", "column", "rows", "matches", "validation_fraction", "fraction"),
        *("dataset", "revision", "cleaning", "rules", "skip", "books", "min_letters", "max_characters"),
        *("known_zipf", "max_foreign_words", "near_duplicate_similarity", "vocabulary_size", "path", "repository"),
    )
)


def earlier_name_key(section: Section) -> dict[str, object] | None:
    """The same as it was before sections had versions. None where the section makes something else since."""
    if section.version != (2 if isinstance(section, CleaningConfig) else 1):
        return None
    key: dict[str, object] = {}
    plain = section.model_dump(mode="json")
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if name not in _EARLIER_KEYS and value == field.default:
            continue
        inner = value if isinstance(value, dict) else {"": value}
        keys = {one: earlier_name_key(part) for one, part in inner.items() if isinstance(part, Section)}
        if None in keys.values():
            return None
        key[name] = plain[name] if not keys else keys if isinstance(value, dict) else keys[""]
    return key
