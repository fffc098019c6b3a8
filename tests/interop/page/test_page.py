"""A page in a real browser, as people use it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pocket_narrator.generation.narrator import Narrator
from pocket_narrator.interop.page.browser import Browser, BrowserError, find_browser
from pocket_narrator.interop.page.export import export_page, export_site
from pocket_narrator.interop.page.proof import served
from pocket_narrator.models.kernels import native
from tests.browser import open_browser
from tests.interop.exportable import KNOWN, make_run

pytestmark = pytest.mark.skipif(not native.available(), reason=native.status())
LONG = {"prompts": ["The cat", "the dog"], "max_tokens": 40, "temperature": 0.73}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("run"), KNOWN["llama"], sections={"generation": LONG})


@pytest.fixture(scope="module")
def browser() -> Iterator:
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def address(run: Path, browser) -> str:
    """Opened from a file, and proved in this very browser."""
    done = export_page(run, precision="fp32")
    assert done.proof.where is not None
    assert "Chrome" in done.proof.where
    assert done.proof.equal == done.proof.tokens > 0
    return done.path.as_uri()


@pytest.fixture
def page(browser, address: str) -> Iterator:
    context = browser.new_context()
    opened, errors = context.new_page(), []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(address)
    says(opened, "#status", "Ready.")
    yield opened
    context.close()
    assert errors == []


def says(page, selector: str, text: "str | re.Pattern[str]") -> None:
    from playwright.sync_api import expect

    expect(page.locator(selector)).to_have_text(text, timeout=60_000)


def finished(page) -> str:
    says(page, "#status", re.compile("Finished|Reached|Stopped"))
    return page.locator("#text").text_content()


def test_it_tells_what_tell_tells(page, run: Path) -> None:
    """The recipe's temperature too, which lies between two steps of its slider."""
    page.fill("#prompt", "the cat and \U0001f642")
    page.fill("#seed", "18446744073709551615")
    page.keyboard.press("Control+Enter")
    expected = Narrator.load(run).tell("the cat and \U0001f642", seed=2**64 - 1)[0]
    assert finished(page) == expected
    assert "seed 18446744073709551615" in page.locator("#figures").text_content()


def test_settings_count(page, run: Path) -> None:
    page.click("summary")
    for name, value in (("temperature", "1.2"), ("top_k", "20"), ("max_tokens", "12")):
        page.locator(f"#{name}").fill(value)
    page.fill("#seed", "5")
    page.click("#tell")
    expected = Narrator.load(run).tell("The cat", seed=5, temperature=1.2, top_k=20, max_tokens=12)[0]
    assert finished(page) == expected
    with page.expect_download() as saved:
        page.click("#save")
    assert Path(saved.value.path()).read_text(encoding="utf-8") == expected.strip() + "\n"
    assert saved.value.suggested_filename == "the-cat-5.txt"
    page.check("#surprise")
    assert page.locator(".coloured span[title]").count() > 0
    assert re.fullmatch(
        r"\d+\.\d\d nats, probability \d+\.\d %", page.locator("#text span").first.get_attribute("title")
    )


@pytest.mark.parametrize(
    "prompt", ["", " ", "\u202e\u0000\u0301\U0001f469\u200d\U0001f467", "<|endoftext|></script><b>"]
)
def test_any_prompt_is_a_prompt(page, run: Path, prompt: str) -> None:
    page.fill("#prompt", prompt)
    page.fill("#seed", "1")
    page.click("#tell")
    given = page.locator("#prompt").input_value()
    assert finished(page) == Narrator.load(run).tell(given, seed=1)[0]


def test_what_cannot_be_told_is_a_sentence(page) -> None:
    page.fill("#prompt", "word " * 2000)
    page.click("#tell")
    says(
        page, "#problem", re.compile(r"The prompt has [\d,]+ (characters|tokens); this model reads at most 319 tokens")
    )
    page.fill("#prompt", "the")
    page.fill("#seed", "-1")
    page.click("#tell")
    says(page, "#problem", re.compile("seed=-1 cannot be used: .* at most 18446744073709551615"))
    page.fill("#seed", "")
    page.click("#tell")
    assert finished(page).startswith("the")
    assert page.locator("#problem").is_hidden()


def test_a_hundred_clicks_in_a_second(page) -> None:
    page.fill("#seed", "")
    page.evaluate("() => { for (let i = 0; i < 100; i++) document.getElementById('tell').click(); }")
    told = finished(page)
    page.fill("#seed", page.locator("#figures span").first.text_content().removeprefix("seed "))
    page.click("#tell")
    assert finished(page) == told  # one story, not a mixture


def test_it_stops_and_begins_again(page) -> None:
    """A story that would go on for ever: the most likely token is never the end."""
    set_to = "(value) => { this.max = value; this.value = value; this.dispatchEvent(new Event('input')); }"
    page.evaluate(f"() => ({set_to.replace('this', 'document.getElementById(`max_tokens`)')})(9999999)")
    page.evaluate(f"() => ({set_to.replace('this', 'document.getElementById(`temperature`)')})(0)")
    page.click("#tell")
    page.locator("#stop").wait_for(state="visible")
    page.locator("#text span").first.wait_for()
    page.keyboard.press("Escape")
    says(page, "#status", re.compile(r"Stopped: \d+ tokens\."))
    told = page.locator("#text").text_content()
    page.click("#another")
    page.locator("#stop").click()
    says(page, "#status", re.compile("Stopped"))
    assert page.locator("#text").text_content()[:8] == told[:8]


def test_only_a_voice_of_the_device_reads(browser, address: str) -> None:
    """Another one would be sent the story."""
    context = browser.new_context()
    opened = context.new_page()
    opened.add_init_script("""
        globalThis.voices = [{ localService: false, lang: "en-US" }];
        globalThis.said = [];
        const there = { getVoices: () => voices, cancel: () => {}, speak: ({ voice }) => said.push(voice.lang) };
        Object.defineProperty(globalThis, "speechSynthesis", { value: there });
        Object.defineProperty(globalThis, "SpeechSynthesisUtterance", { value: class {} });
    """)
    opened.goto(address)
    says(opened, "#status", "Ready.")
    opened.click("#tell")
    finished(opened)
    opened.click("#read")
    says(opened, "#status", "This device has no voice of its own to read with.")
    assert opened.evaluate("said") == []
    opened.evaluate("voices.push({ localService: true, lang: 'de' }, { localService: true, lang: 'en-GB' })")
    opened.click("#read")
    says(opened, "#read", "Stop reading")
    assert opened.evaluate("said") == ["en-GB"]
    context.close()


@pytest.mark.parametrize(
    ("script", "what"),
    [
        ("delete globalThis.WebAssembly", "lacks WebAssembly,"),
        ("WebAssembly.validate = () => false", "WebAssembly's SIMD instructions"),
        ("delete globalThis.DecompressionStream", "lacks DecompressionStream"),
        ("delete globalThis.Worker", "lacks web workers"),
    ],
)
def test_an_old_browser_gets_a_sentence(browser, address: str, script: str, what: str) -> None:
    context = browser.new_context()
    opened = context.new_page()
    opened.add_init_script(script)
    opened.goto(address)
    says(opened, "#problem", re.compile(f".*{what}.*"))
    assert opened.locator("#tell").is_disabled()
    context.close()


@pytest.mark.parametrize("part", ["--hot: #e0703a", "ODDS = 30", "DEEPEST_NATS = 6", 'data-size="'])
def test_a_damaged_page_gets_a_sentence(browser, address: str, tmp_path, part: str) -> None:
    text = Path(address.removeprefix("file://")).read_text(encoding="utf-8")
    damaged = tmp_path / "damaged.html"
    damaged.write_text(text.replace(part, f"{part}1", 1), encoding="utf-8", newline="\n")
    context = browser.new_context()
    opened = context.new_page()
    opened.goto(damaged.as_uri())
    says(opened, "#problem", re.compile("This page is damaged"))
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits(browser, address: str, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    opened = context.new_page()
    opened.goto(address)
    says(opened, "#status", "Ready.")
    assert opened.evaluate("() => document.documentElement.scrollWidth") <= width
    assert opened.evaluate("() => document.documentElement.dataset.theme") == scheme
    opened.click("#theme")
    assert opened.evaluate("() => document.documentElement.dataset.theme") != scheme
    unnamed = opened.evaluate(
        "() => [...document.querySelectorAll('button, input, textarea')].filter(one => !one.textContent.trim() && !one.labels?.length && !one.ariaLabel).length"
    )
    assert unnamed == 0
    context.close()


def test_a_file_that_a_browser_does_not_see_is_said_at_once(tmp_path) -> None:
    if (program := find_browser()) is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    with Browser(program) as opened, pytest.raises(BrowserError, match="does not open: net::ERR_FILE_NOT_FOUND"):
        opened.open((tmp_path / "none.html").as_uri())


def test_a_website_opens_again_without_a_network(browser, run: Path, tmp_path) -> None:
    done = export_site(run, tmp_path / "site", "fp32")
    assert done.proof.equal == done.proof.tokens > 0
    context = browser.new_context()
    opened = context.new_page()
    with served(done.path) as site:
        opened.goto(f"{site}/")
        says(opened, "#status", "Ready.")
        opened.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
        opened.goto(f"{site}/decoder/example.html")
        assert opened.title() == "An example of pocket-narrator-decoder"  # and not the page that is kept
    for name in ("", "index.html"):  # nobody answers any more
        opened.goto(f"{site}/{name}")
        says(opened, "#status", "Ready.")
    opened.click("#tell")
    finished(opened)
    context.close()


def test_the_example_of_the_package(browser, run: Path, tmp_path) -> None:
    done = export_site(run, tmp_path / "site", "fp32")
    context = browser.new_context()
    opened = context.new_page()
    with served(done.path) as site:
        opened.goto(f"{site}/decoder/example.html")
        opened.locator("#tell:not([disabled])").click(timeout=60_000)
        says(opened, "#story", re.compile("Once upon a time.+"))
    context.close()
