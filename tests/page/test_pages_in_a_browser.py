"""Every kind of page in a real Chromium: nothing goes out, nothing is wider than a phone, letters can be read, also in the dark."""

from pathlib import Path

import pytest

from pocket_narrator.corpus import Story
from pocket_narrator.corpus.statistics import gather_statistics
from pocket_narrator.corpus.statistics.page import make_page
from pocket_narrator.evaluation.comparison.table import compare_runs
from pocket_narrator.evaluation.report.comparison_page import write_comparison_page
from pocket_narrator.evaluation.report.run_page import write_run_page
from pocket_narrator.evaluation.suite import Options, evaluate_run_suite
from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.storyworld import make_story
from pocket_narrator.workbench.from_recipe import train
from tests.browser import open_browser

PHONE, LAPTOP = 390, 1280
SMALLEST_LETTERS = 9.5  # CSS pixels, as drawn
LOOK = """
() => {
  const width = document.documentElement.clientWidth, wide = [], small = [];
  for (const one of document.querySelectorAll('body *')) {
    const box = one.getBoundingClientRect();
    if (!one.closest('.scroll') && box.width && (box.right > width + 0.5 || box.left < -0.5))
      wide.push(one.tagName + ' ' + one.textContent.slice(0, 40));
    if (one.matches('svg text')) {
      const svg = one.ownerSVGElement, scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
      const size = parseFloat(getComputedStyle(one).fontSize) * scale;
      if (size < SMALLEST) small.push(size.toFixed(1) + ' ' + one.textContent);
      const frame = svg.getBoundingClientRect();
      if (box.right > frame.right + 1 || box.left < frame.left - 1) wide.push('text ' + one.textContent);
    } else if (one.childElementCount === 0 && one.textContent.trim() && !(one instanceof SVGElement)) {
      if (parseFloat(getComputedStyle(one).fontSize) < 11) small.push(one.textContent.slice(0, 40));
    }
  }
  return {wide, small, scroll: document.documentElement.scrollWidth - width,
          images: document.querySelectorAll('svg').length, paper: getComputedStyle(document.body).backgroundColor};
}
""".replace("SMALLEST", str(SMALLEST_LETTERS))


def train_small(folder: Path, name: str, layers: str) -> Path:
    recipe = Recipe.model_validate(
        {
            "name": name,
            "corpus": {"kind": "storyworld", "stories": 60, "validation_stories": 12},
            "tokenizer": {"vocabulary_size": 400},
            "model": {"layers": layers, "width": 32, "heads": 2, "context": 128, "positions": "none"},
            "training": {"steps": 4, "batch_tokens": 512, "evaluate_every": 2, "compile": "off", "device": "cpu"},
            "generation": {"max_tokens": 30},
        }
    )
    run = train(recipe, folder / name, report=lambda _: None).run
    evaluate_run_suite(run, "best", Options(nouns="words"))
    return run


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page of each kind, by name, with an unpleasantly long name among them."""
    folder = tmp_path_factory.mktemp("pages")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        long = "a-narrative-model-with-a-name-that-says-everything-about-it"
        runs = [train_small(folder, long, "narrative attention"), train_small(folder, "mamba", "mamba")]
        comparison = folder / "comparison.html"
        write_comparison_page(compare_runs(runs), comparison)
        found = {"report": write_run_page(runs[0]), "comparison": comparison, "statistics": folder / "stats.html"}
    stories = [Story(make_story(index, 9).text) for index in range(60)]
    odd = Story(f"Once upon a time there was a {'w' * 90}. " * 3)
    html = make_page(gather_statistics("data/a-folder/with-a-long-name/" + "stories" * 9, [*stories, odd]))
    found["statistics"].write_text(html, encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def browser():
    with open_browser() as browser:
        yield browser


@pytest.mark.parametrize("name", ["report", "comparison", "statistics"])
def test_a_page(pages: dict[str, Path], browser, name: str) -> None:
    papers = set()
    for width, scheme in ((PHONE, "light"), (PHONE, "dark"), (LAPTOP, "light")):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
        page = context.new_page()
        asked, said = [], []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.on("console", lambda message, said=said: said.append(message.text))
        page.on("pageerror", lambda error, said=said: said.append(str(error)))
        page.goto(pages[name].as_uri())
        found = page.evaluate(LOOK)
        assert asked == [pages[name].as_uri()]
        assert said == []
        assert found["wide"] == [], width
        assert found["scroll"] <= 0
        assert found["small"] == [], width
        assert found["images"] >= 4
        papers.add(found["paper"])
        context.close()
    assert len(papers) == 2  # the dark is another one


def test_pages_print(pages: dict[str, Path], browser) -> None:
    """On paper nothing is cut off: no table is wider than what A4 leaves between the margins (182 mm)."""
    page = browser.new_page(viewport={"width": 688, "height": 1000}, color_scheme="dark")
    page.emulate_media(media="print")
    for name, path in pages.items():
        page.goto(path.as_uri())
        found = page.evaluate(LOOK.replace("!one.closest('.scroll') && ", ""))
        assert found["wide"] == [], name
        assert found["paper"] == "rgb(255, 255, 255)"
        assert page.pdf(format="A4").startswith(b"%PDF")
