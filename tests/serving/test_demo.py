"""The page as people use it: in a real browser, on a real server, with two small models."""

import re
import shutil
import signal
from pathlib import Path

import pytest

from pocket_narrator import Narrator
from tests.browser import open_browser
from tests.evaluation.tiny_run import make_run
from tests.serving.server_process import ServerProcess

pytest.importorskip("gradio", reason="the page needs: make setup")
pytest.importorskip("playwright.sync_api", reason="browsers need: make setup")

LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
PATIENCE_MS = 20_000

# The command, in a process that says whom it connects to.
WATCHED = """
import sys
def watch(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple) and arguments[1][0] not in ("127.0.0.1", "::1"):
        print("connects to", arguments[1], file=sys.stderr)
sys.addaudithook(watch)
from pocket_narrator.cli.main import main
main()
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> list[Path]:
    """One model that is quick, and one whose stories take a while."""
    folder = tmp_path_factory.mktemp("told")
    with pytest.MonkeyPatch.context() as patch:
        made = []
        for name, sizes in (
            ("quick", ["model.layers=attention*2"]),
            ("slow", ["model.layers=attention*8", "model.width=512"]),
        ):
            (folder / name).mkdir()
            patch.chdir(folder / name)
            made.append(shutil.move(make_run(*sizes, endless=True), folder / name / name))
    return [Path(run) for run in made]


@pytest.fixture(scope="module")
def narrators(runs) -> dict[str, Narrator]:
    return {run.name: Narrator.load(run) for run in runs}


@pytest.fixture(scope="module")
def server(browser, runs):  # without a browser nothing is started
    server = ServerProcess(*runs, verb="demo", python=("-c", WATCHED))
    yield server
    assert server.stop(signal.SIGINT) == 0
    assert server.log == [server.log[0]], "".join(server.log)  # no traceback, no warning, no connection to anybody


@pytest.fixture(scope="module")
def browser():
    with open_browser() as browser:
        yield browser


class Reader:
    """Somebody in front of the page. Notes what the page fetches and complains about."""

    def __init__(self, browser, url: str, **settings) -> None:
        self.context = browser.new_context(**{"viewport": LAPTOP, "accept_downloads": True, **settings})
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.fetched: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.fetched.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console", lambda message: self.complaints.append(message.text) if message.type == "error" else None
        )
        self.page.goto(url)
        self.page.wait_for_selector("#tell")

    def models(self, name: str, beside: str = "nobody") -> None:
        for dropdown, wanted in (("model", name), ("other", beside)):
            if self.page.input_value(f"#{dropdown} input") != wanted:
                self.page.click(f"#{dropdown} input")
                # Another list may still be closing.
                options = self.page.get_attribute(f"#{dropdown} input", "aria-controls")
                self.page.click(f"#{options} [aria-label='{wanted}']")

    def begin(self, beginning: str, **controls: float) -> None:
        """Types a beginning, sets controls, and clicks on Tell."""
        self.page.fill("#prompt textarea", beginning)
        if controls.keys() - {"temperature", "seed"} and not self.page.is_visible("#length"):
            self.page.click("#more button")
            self.page.wait_for_selector("#length", state="visible")
        for name, value in controls.items():
            self.page.fill(f"#{name} input[type=number]", str(value))
            self.page.press(f"#{name} input[type=number]", "Tab")
        self.page.evaluate("document.querySelectorAll('.tale').forEach(tale => tale.dataset.old = 'yes')")
        self.page.click("#tell")

    def text(self, side: str = "left") -> str:
        return self.page.locator(f"#{side} .tale .text").text_content()

    def story(self, side: str = "left") -> str:
        """When it has ended; not the one that was there before."""
        self.page.wait_for_selector(f"#{side} .tale[data-ending]:not([data-ending='']):not([data-old])")
        self.page.wait_for_selector("#tell", state="visible")
        return self.text(side)

    def problem(self) -> str:
        self.page.wait_for_selector("#problem [role=alert]")
        return str(self.page.text_content("#problem [role=alert]"))


def as_drawn(text: str) -> str:
    """What a browser makes of a text: these models also tell zero bytes and carriage returns."""
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


@pytest.fixture(scope="module")
def desk(browser, server):
    reader = Reader(browser, server.url)
    yield reader
    reader.context.close()


@pytest.fixture
def reader(desk, server):
    """At one page for all tests: each says which models and controls it needs."""
    yield desk
    assert desk.complaints == []
    assert [url for url in desk.fetched if not url.startswith((server.url, "data:"))] == []


def test_what_is_typed_is_continued_as_the_narrator_does(reader, narrators):
    reader.models("quick")
    reader.begin("the cat", temperature=1, seed=7, length=20)
    (expected,) = narrators["quick"].tell("the cat", seed=7, temperature=1.0, max_tokens=20)
    assert reader.story() == as_drawn(expected)
    assert "seed 7" in reader.page.inner_text("#left footer")


def test_a_story_streams_and_is_stopped(reader):
    reader.models("slow")
    reader.begin("the dog", temperature=0, length=2000)
    telling, longest = "#left .tale[data-ending='']:not([data-old]) .text", 0
    for _ in range(3):
        grown = f"document.querySelector(`{telling}`)?.textContent.length > {longest}"
        reader.page.wait_for_function(grown)  # which ends, where a story does not come
        longest = len(reader.text())
    assert reader.page.is_hidden("#tell")
    reader.page.click("#stop")
    stopped = reader.story()
    assert reader.page.get_attribute("#left .tale", "data-ending") == "stopped"
    assert len(stopped) >= longest
    reader.begin("the cat", temperature=0, length=3)  # its slot is free for the next one
    assert reader.story().startswith("the cat")


def test_another_seed_tells_another_story(reader, narrators):
    reader.models("quick")
    reader.begin("once", temperature=1, seed=1, length=30)
    first = reader.story()
    reader.page.click("#another")
    reader.page.wait_for_function("document.querySelector('#seed input').value != '1'")
    seed = int(reader.page.input_value("#seed input"))
    reader.page.wait_for_function(f"document.querySelector('#left footer')?.innerText.includes('seed {seed}')")
    (expected,) = narrators["quick"].tell("once", seed=seed, temperature=1.0, max_tokens=30)
    assert reader.story() == as_drawn(expected) != first


def test_two_models_tell_side_by_side(reader, narrators):
    reader.models("quick", "slow")
    reader.begin("the sad dog", temperature=1, seed=3, length=25)
    for side, name in (("left", "quick"), ("right", "slow")):
        (expected,) = narrators[name].tell("the sad dog", seed=3, temperature=1.0, max_tokens=25)
        assert reader.story(side) == as_drawn(expected)
        assert reader.page.inner_text(f"#{side} header b") == name
    left, right = (reader.page.locator(f"#{side}").bounding_box() for side in ("left", "right"))
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]


def test_surprise_is_shown_as_colour(reader, narrators):
    reader.models("quick")
    reader.begin("a cat", temperature=1, seed=5, length=12)
    reader.story()
    words = reader.page.locator("#left .text span")
    nothing = "rgba(0, 0, 0, 0)"
    paint = "words => words.map(word => getComputedStyle(word).backgroundColor)"
    assert set(words.evaluate_all(paint)) == {nothing}
    assert reader.page.is_hidden("#legend")
    reader.page.check("#surprise input")
    assert nothing not in words.evaluate_all(paint)
    assert reader.page.is_visible("#legend")
    reader.page.uncheck("#surprise input")
    nats, unshown = [], 0.0  # a word has the nats of all tokens since the one before
    for token in narrators["quick"].stream_all(["a cat"], seed=5, temperature=1.0, max_tokens=12, logprobs=0):
        unshown -= token.log_probs.chosen
        if token.text:
            nats.append(unshown)
            unshown = 0.0
    hints = words.evaluate_all("words => words.map(word => word.title)")
    assert [hint.split(" nats")[0] for hint in hints] == [f"{one:.2f}" for one in nats]


def test_a_story_is_downloaded(reader, tmp_path):
    reader.models("quick")
    reader.begin("the caf\u00e9", temperature=1, seed=2, length=15)
    story = reader.story()
    with reader.page.expect_download() as download:
        reader.page.click("#left a.download")
    assert re.fullmatch(r"the-caf-2\.txt", download.value.suggested_filename)
    download.value.save_as(tmp_path / "story.txt")
    content = (tmp_path / "story.txt").read_bytes().decode()
    assert as_drawn(content) == story.strip() + "\n"


@pytest.mark.parametrize(
    ("beginning", "controls", "message"),
    [
        ("the cat " * 20, {}, "expected: at most 31"),
        ("word " * 100_000, {}, "the prompt has 500,000 characters"),
        ("the cat", {"seed": -4}, "seed=-4 cannot be used"),
    ],
    ids=["long", "very-long", "bad-seed"],
)
def test_what_is_wrong_is_said_once_and_plainly(reader, beginning, controls, message):
    reader.models("quick")
    reader.begin(beginning, **controls)
    problem = reader.problem()
    assert message in problem
    assert "Traceback" not in problem
    reader.begin("the cat", length=2, seed=1)  # and the next one is told
    assert reader.story().startswith("the cat")
    assert reader.page.is_hidden("#problem")


def test_an_example_is_taken(reader):
    reader.page.click("#openings .gallery-item >> nth=1")
    reader.page.wait_for_function("document.querySelector('#prompt textarea').value.includes('Lily')")


def test_readers_do_not_mix(browser, server, reader, narrators):
    other = Reader(browser, server.url)
    for one, beginning in ((reader, "the cat"), (other, "a happy dog")):
        one.models("slow")
        one.begin(beginning, temperature=1, seed=4, length=28)
    for one, beginning in ((reader, "the cat"), (other, "a happy dog")):
        (expected,) = narrators["slow"].tell(beginning, seed=4, temperature=1.0, max_tokens=28)
        assert one.story() == as_drawn(expected)
    other.context.close()


def test_on_a_phone_at_night(browser, server):
    reader = Reader(browser, server.url, viewport=PHONE, color_scheme="dark")
    reader.begin("the cat", seed=1, length=40)
    reader.story("right")
    width = reader.page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    left, right = (reader.page.locator(f"#{side} .tale").bounding_box() for side in ("left", "right"))
    assert left["y"] + left["height"] <= right["y"]  # below each other
    red, green, blue = map(
        int, re.findall(r"\d+", reader.page.evaluate("getComputedStyle(document.body).backgroundColor"))[:3]
    )
    assert max(red, green, blue) < 60
    reader.page.check("#surprise input")
    reader.page.wait_for_selector("#legend", state="visible")
    assert reader.page.locator("#colours").bounding_box()["height"] < PHONE["height"] / 10  # it lies over the story
    reader.context.close()


def test_a_very_wide_screen_does_not_stretch_the_page(browser, server):
    reader = Reader(browser, server.url, viewport={"width": 3840, "height": 1400})
    desk = reader.page.locator("#desk").bounding_box()
    assert desk["width"] < 2000
    assert desk["x"] == pytest.approx(3840 - desk["x"] - desk["width"], abs=20)  # in the middle
    reader.context.close()
