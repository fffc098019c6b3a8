"""How the page looks: calm colours by day and night, and a measure that a story can be read in."""

from gradio import themes

_BOOK = (
    "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Cpath d='M4 7c5-2 9-1 12 1.5C19 6 23 5 28 7v18"
    "c-5-2-9-1-12 1.5C13 24 9 23 4 25z' fill='%232f6f6a'/%3E%3Cpath d='M16 9v17' stroke='white' stroke-width='1.6'/%3E%3C/svg%3E"
)

_LIGHT = {
    "hot": "#e0703a",
    "ink": "#22272d",
    "soft": "#666d76",
    "page": "#f7f5f0",
    "paper": "#fffefb",
    "edge": "#e2ddd2",
    "accent": "#2b6b66",
    "accent-over": "#215550",
    "on-accent": "#ffffff",
    "alarm": "#a8352a",
}
_DARK = {
    "hot": "#e0703a",
    "ink": "#e6e2d9",
    "soft": "#a0a6ad",
    "page": "#15171a",
    "paper": "#1d2024",
    "edge": "#33383e",
    "accent": "#76bdb5",
    "accent-over": "#8fd0c8",
    "on-accent": "#10211f",
    "alarm": "#f08a7c",
}

# The page is dark at night before Gradio has come.
# Where the stories are below the controls, as on a phone, they come into view when one begins.
HEAD = f"""<link rel="icon" href="data:image/svg+xml,{_BOOK}"><meta name="color-scheme" content="light dark">
<style>html body {{ background: {_LIGHT["page"]}; }}
@media (prefers-color-scheme: dark) {{ html body {{ background: {_DARK["page"]}; }} }}</style>
<script>document.addEventListener("click", event => {{
  if (event.target.closest("#tell, #another")) document.querySelector("#stories").scrollIntoView({{block: "nearest"}});
}});</script>"""

_RULES = """
.gradio-container { --font: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", "Noto Serif", Georgia, serif;
  font-family: var(--font); overflow: clip !important; }
.gradio-container .html-container { padding: 0; }
#top h1 { font: 600 1.65rem/1.2 var(--serif); color: var(--ink); margin: 0; letter-spacing: -.01em; }
#top p { color: var(--soft); margin: .15rem 0 0; font-size: .95rem; }
/* On a very wide screen: two stories of a full measure, and no wider. */
#top, #desk { width: 100%; max-width: 118.6rem; margin-inline: auto; }
#desk { display: grid; grid-template: "compose stories" auto "settings stories" 1fr / 20rem minmax(0, 1fr);
  gap: .9rem 1.6rem; align-items: start; }
#compose { grid-area: compose; } #stories { grid-area: stories; } #settings { grid-area: settings; }
#compose, #stories, #settings { min-width: 0 !important; gap: .8rem; }
#prompt textarea { font: 1.05rem/1.5 var(--serif); }
#buttons { gap: .6rem; flex-wrap: nowrap; }
#buttons button { min-width: 0 !important; font-size: .98rem; font-weight: 600; padding: .55rem .8rem; border-radius: 9px;
  border: 1px solid var(--edge); }
#buttons #tell { border-color: var(--accent); } #buttons #stop { border-color: var(--alarm); }
#openings .label { color: var(--soft); } #openings .label svg { display: none; }
#openings .gallery-item { border: 1px solid var(--edge); border-radius: 999px; background: none; font: .9rem/1.3 var(--serif); color: var(--ink); }
#openings .gallery-item:hover { border-color: var(--accent); }
#openings .gallery { color: inherit; background: none; }
#side-by-side { gap: 1rem; align-items: stretch; }
#left, #right { flex: 1 1 18rem; min-width: 0; max-width: 48rem; display: flex; }
#left > *, #right > *, #left .prose, #right .prose { width: 100%; }
.tale { background: var(--paper); border: 1px solid var(--edge); border-radius: 12px; padding: 1.4rem 1.7rem 1rem;
  min-height: 19rem; height: 100%; display: flex; flex-direction: column; }
.tale header { margin-bottom: .8rem; overflow-wrap: anywhere; }
.tale header b { display: block; color: var(--accent); font-size: .95rem; font-weight: 600; }
.tale header span, .tale footer span { color: var(--soft); font-size: .82rem; }
.tale .text { font: 1.16rem/1.72 var(--serif); max-width: 38em; white-space: pre-wrap; overflow-wrap: break-word; flex: 1;
  color: var(--ink); }
.tale .text .indent { display: inline-block; width: 1.3em; }
.tale .text em { color: var(--soft); font-style: normal; }
.tale .text span { border-radius: 4px; padding: .08em 0; -webkit-box-decoration-break: clone; box-decoration-break: clone; }
.tale footer { display: flex; flex-wrap: wrap; gap: .15rem 1rem; align-items: center; margin-top: 1.1rem; padding-top: .75rem;
  border-top: 1px solid var(--edge); font-variant-numeric: tabular-nums; min-height: 2.9rem; }
.tale a.download { margin-left: auto; padding: .15rem .8rem; border: 1px solid var(--edge); border-radius: 999px;
  color: var(--accent); text-decoration: none; font-size: .84rem; font-weight: 600; }
.tale a.download:hover { border-color: var(--accent); }
.tale.empty { align-items: center; justify-content: center; border-style: dashed; background: none; }
.tale.empty p { color: var(--soft); font: 1.08rem/1.6 var(--serif); margin: 0; text-align: center; }
.pen { display: inline-block; width: .12em; height: 1.05em; margin-left: .1em; vertical-align: -.15em; background: var(--accent);
  animation: pen 1s steps(2, jump-none) infinite; }
@keyframes pen { to { opacity: 0; } }
.problem { border: 1px solid var(--edge); border-left: 4px solid var(--alarm); border-radius: 8px; background: var(--paper);
  padding: .75rem 1rem; overflow-wrap: anywhere; }
.problem b { display: block; color: var(--alarm); font-weight: 600; }
.problem b::first-letter { text-transform: uppercase; }
.problem p { margin: .2rem 0 0; color: var(--soft); font-size: .92rem; }
.gradio-container:not(:has(#surprise input:checked)) .tale .text span { background: none !important; }
.gradio-container:not(:has(#surprise input:checked)) #legend { display: none; }
#colours { align-items: center; gap: .3rem 1.2rem; position: sticky; bottom: 0; background: var(--page); padding: .6rem 0; }
#surprise { flex: 0 0 auto; border: 0; background: none; padding: 0; min-width: 0; }
#legend { flex: 1 1 20rem; min-width: 0; }
#legend .prose { display: flex; flex-wrap: wrap; gap: .1rem 1rem; color: var(--soft); font-size: .84rem; }
.legend { display: flex; flex-wrap: wrap; gap: 0 .9rem; } .legend span { white-space: nowrap; color: var(--soft); }
.legend i { display: inline-block; width: .95rem; height: .95rem; border-radius: 4px; margin-right: .3rem; vertical-align: -2px;
  border: 1px solid var(--edge); }
.gradio-container > footer, .gradio-container footer:not(.tale footer) { display: none; }
@media (max-width: 860px) {
  #desk { grid-template: "compose" "stories" "settings" / minmax(0, 1fr); gap: 1rem; }
  #openings .gallery { flex-wrap: nowrap; overflow-x: auto; }
  #openings .gallery-item { flex: 0 0 auto; }
  #prompt textarea { min-height: 3.2rem; }
  #colours { gap: .1rem; padding: .4rem 0; }
  #legend .prose > span { display: none; }
  .legend { gap: 0 .55rem; font-size: .78rem; } .legend i { width: .8rem; height: .8rem; margin-right: .2rem; }
  .tale { padding: 1rem 1.1rem .8rem; min-height: 12rem; }
  .tale .text { font-size: 1.1rem; line-height: 1.65; }
}
@media (prefers-reduced-motion: reduce) { .pen { animation: none; } }
"""


def _colours(selector: str, colours: dict[str, str]) -> str:
    return f"{selector} {{ " + " ".join(f"--{name}: {value};" for name, value in colours.items()) + " }\n"


CSS = _colours(":root", _LIGHT) + _colours(".dark", _DARK) + _RULES


def theme() -> themes.Base:
    """Fonts of the reader's own machine only; Gradio's own parts in the colours above."""
    plain = themes.Base(
        primary_hue="teal",
        neutral_hue="stone",
        font=[themes.Font("sans-serif")],
        font_mono=[themes.Font("monospace")],
        radius_size="lg",
        text_size="md",
    )
    looks = {
        "body_background_fill": "page",
        "body_text_color": "ink",
        "body_text_color_subdued": "soft",
        "block_background_fill": "paper",
        "block_border_color": "edge",
        "block_label_text_color": "soft",
        "block_title_text_color": "ink",
        "block_info_text_color": "soft",
        "border_color_primary": "edge",
        "border_color_accent": "accent",
        "background_fill_primary": "paper",
        "background_fill_secondary": "page",
        "input_background_fill": "page",
        "input_border_color": "edge",
        "input_border_color_focus": "accent",
        "button_primary_background_fill": "accent",
        "button_primary_background_fill_hover": "accent-over",
        "button_primary_text_color": "on-accent",
        "button_secondary_background_fill": "paper",
        "button_secondary_background_fill_hover": "page",
        "button_secondary_border_color": "edge",
        "button_secondary_text_color": "ink",
        "button_cancel_background_fill": "paper",
        "button_cancel_background_fill_hover": "page",
        "button_cancel_border_color": "alarm",
        "button_cancel_text_color": "alarm",
        "slider_color": "accent",
        "checkbox_background_color_selected": "accent",
        "checkbox_border_color_selected": "accent",
        "link_text_color": "accent",
    }
    both = {}
    for name, colour in looks.items():
        both[name] = both[f"{name}_dark"] = f"var(--{colour})"
    return plain.set(**both, color_accent="var(--accent)", block_border_width="1px")
