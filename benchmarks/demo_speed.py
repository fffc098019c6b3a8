"""How long a reader waits for the page: from `narrator demo` to a page that can be used, and from a click to the first words.

    python benchmarks/demo_speed.py runs/NAME [runs/OTHER] [--starts 3] [--stories 10]

Every start is a process of its own and a browser that has never seen the page. A page can be used when its button can be
clicked. First words are timed inside the browser, from the click to the first word that is drawn. Needs Chromium and the
extras demo and dev.
"""

import argparse
import shutil
import signal
import statistics
import subprocess
import sys
import time

from playwright.sync_api import Browser, sync_playwright

QUIETLY = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")

# From the click to the frame in which the first word of every story stands; milliseconds.
FIRST_WORDS = """stories => new Promise(resolve => {
  document.querySelectorAll('.tale').forEach(tale => tale.dataset.old = 'yes');
  const begun = performance.now();
  const watch = new MutationObserver(() => {
    const told = [...document.querySelectorAll('.tale:not([data-old]) .text')].filter(text => text.querySelector('span'));
    if (told.length < stories) return;
    watch.disconnect();
    requestAnimationFrame(() => resolve(performance.now() - begun));
  });
  watch.observe(document.body, {subtree: true, childList: true});
  document.querySelector('#tell').click();
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+")
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--stories", type=int, default=10)
    chosen = parser.parse_args()
    answering, usable, first_words = [], [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIETLY)
        for _ in range(chosen.starts):
            began = time.perf_counter()
            command = [sys.executable, "-m", "pocket_narrator.cli.main", "demo", *chosen.runs, "--port", "0"]
            with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, encoding="utf-8") as server:
                try:
                    url = wait_for_url(server)
                    answering.append(time.perf_counter() - began)
                    milliseconds = read(browser, url, began, usable, chosen.stories, len(chosen.runs))
                    first_words += [one / 1000 for one in milliseconds]
                finally:
                    server.send_signal(signal.SIGINT)
        browser.close()
    print(f"{len(chosen.runs)} model(s), {chosen.starts} starts, {len(first_words)} stories")
    show("command to server, s", answering)
    show("command to usable page, s", usable)
    show("click to first words, s", first_words)


def wait_for_url(server: subprocess.Popen[str]) -> str:
    assert server.stderr is not None
    for line in server.stderr:
        if " at http://" in line:
            return line.split(" at ")[1].strip()
    raise SystemExit("the server has not started")


def read(browser: Browser, url: str, began: float, usable: list[float], stories: int, models: int) -> list[float]:
    """Opens the page as a new reader; returns the milliseconds to the first words of each story."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(url)
    page.click("#tell", trial=True)  # waits until it could be clicked
    usable.append(time.perf_counter() - began)
    found = []
    for _ in range(stories):
        found.append(page.evaluate(FIRST_WORDS, models))
        page.evaluate("document.querySelector('#stop')?.click()")  # where it has not ended yet
        page.wait_for_selector("#tell", state="visible")
    context.close()
    return found


def show(name: str, seconds: list[float]) -> None:
    print(f"{name:<28}median {statistics.median(seconds):.3f}   least {min(seconds):.3f}   most {max(seconds):.3f}")


if __name__ == "__main__":
    main()
