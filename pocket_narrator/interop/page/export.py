"""Writes a run as a page, or as the files of a website, and proves on the spot that it generates the same tokens."""

from dataclasses import dataclass
from pathlib import Path

from pocket_narrator.errors import InteropError
from pocket_narrator.files.atomic import write_text
from pocket_narrator.files.atomic_folder import atomic_folder
from pocket_narrator.files.writable import require_place_for_file, require_place_for_folder
from pocket_narrator.interop.exported import refuse_foreign_file, refuse_foreign_folder, writing
from pocket_narrator.interop.formats import why_no_page
from pocket_narrator.interop.page.bundle import one_file
from pocket_narrator.interop.page.folder import MARK, refuse_added_files, write_site
from pocket_narrator.interop.page.model_file import PagePrecision, make_model_file, refuse_precision
from pocket_narrator.interop.page.proof import Proof, expected_stories, prove_folder, prove_page
from pocket_narrator.recipe.schema import NGramConfig
from pocket_narrator.run.identity import RunIdentity
from pocket_narrator.run.loading import Which, load_trained

LARGEST_PAGE = 100_000_000  # bytes of tensors in one file: what a phone opens
LARGEST_SITE = 1_000_000_000  # beyond that a browser gives no memory for the decoder
GENERATOR = b'<meta name="generator" content="pocket-narrator">'


@dataclass(frozen=True)
class ExportedPage:
    """What was written, and what was compared."""

    path: Path
    bytes: int
    weights: int
    precision: PagePrecision
    proof: Proof


def export_page(
    run: Path, out: Path | None = None, precision: str | None = None, which: Which = "best"
) -> ExportedPage:
    """Writes one .html that generates by itself; by default `RUN/export/NAME.html`. An earlier page is replaced.

    precision: int8 or fp32, by default int8; an N-gram has its own. Raises RunError and CheckpointError as `load_trained`, and InteropError,
    before anything is written, for a model that is too large for one file or that pages cannot hold, and where the page generates other
    tokens than the run.
    """
    chosen = _checked(run, precision)
    require_place_for_file(out or run / "export" / "page.html")
    trained = load_trained(run, which)
    out = out or trained.run_folder / "export" / f"{trained.recipe.name}.html"
    refuse_foreign_file(out, lambda begins: GENERATOR in begins, "earlier page", "give --out FILE.html")
    smaller = "export a website, which loads it as a file: --to folder"
    made = make_model_file(trained, chosen, LARGEST_PAGE, smaller)
    text = one_file(made.title, made.about, made.prompt, made.raw)
    with writing(out):
        proof = prove_page(text, expected_stories(trained, chosen))
        write_text(out, text)
    return ExportedPage(out, out.stat().st_size, made.weights, chosen, proof)


def export_site(
    run: Path, out: Path | None = None, precision: str | None = None, which: Which = "best"
) -> ExportedPage:
    """Writes the files of a website, with the decoder as a package for JavaScript; by default `RUN/export/site`. An earlier one is
    replaced, unless somebody has put files of their own into it. Raises what `export_page` raises."""
    chosen = _checked(run, precision)
    require_place_for_folder(out or run / "export")
    trained = load_trained(run, which)
    out = out or trained.run_folder / "export" / "site"
    refuse_foreign_folder(out, MARK)
    refuse_added_files(out)
    made = make_model_file(trained, chosen, LARGEST_SITE, "train a smaller model")
    with writing(out), atomic_folder(out) as folder:
        write_site(folder, made)
        proof = prove_folder(folder, expected_stories(trained, chosen))
    return ExportedPage(
        out, sum(file.stat().st_size for file in out.rglob("*") if file.is_file()), made.weights, chosen, proof
    )


def _checked(run: Path, precision: str | None) -> PagePrecision:
    """What the recipe already says, before a weight is read."""
    recipe = RunIdentity.load(run).recipe
    if (why_not := why_no_page(recipe)) is not None:
        raise InteropError(why_not, where=str(run), hint="train the recipe with model.unbounded=false, and export that")
    return refuse_precision(isinstance(recipe.model, NGramConfig), precision, str(run))
