// The settings of a page, with the model's own values.

const CONTROLS = [ // name, label, lowest, highest, step, what it says
  ["temperature", "Temperature", 0, 2, 0.05, "Lower is safer, higher is wilder; 0 always takes the most likely token."],
  ["top_p", "Top-p", 0.05, 1, 0.01, "1: off"],
  ["top_k", "Top-k", 0, 200, 1, "0: off"],
  ["min_p", "Min-p", 0, 1, 0.01, "0: off"],
  ["repetition_penalty", "Repetition penalty", 1, 2, 0.05, "1: off"],
  ["max_tokens", "Max tokens", 1, 2000, 1, "New tokens of a story"],
];
const OFF = { top_p: 1, top_k: 0, min_p: 0 };
const element = (id) => document.getElementById(id);

/** Draws them, and says what they are set to. */
export class Controls {
  constructor(options) {
    this._values = {}; // a slider has steps, and the model's own value may lie between two
    const [first, ...others] = CONTROLS.map((control) => drawn(control, options, this._values));
    const more = document.createElement("details");
    more.append(make("summary", "More controls"), ...others);
    const seed = make("div", "", "control");
    seed.innerHTML = '<label for="seed">Seed</label><input type="number" id="seed" min="0" step="1" inputmode="numeric" placeholder="a new one"><small>The same seed gives the same story; empty: a new one.</small>';
    element("settings").append(first, more, seed);
  }

  /** As `Narrator.tell` takes them. */
  options() {
    const typed = element("seed").value.trim();
    return { ...this._values, seed: typed || newSeed() };
  }
}

export const newSeed = () => Math.floor(Math.random() * 1e6);

export function make(tag, text = "", className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function drawn([name, label, lowest, highest, step, note], options, values) {
  const value = options[name] ?? OFF[name], box = make("div", "", "control"), title = make("label", label), shown = make("output");
  const input = Object.assign(document.createElement("input"), { type: "range", id: name, min: lowest, max: Math.max(highest, value), step, value });
  title.htmlFor = shown.htmlFor = name;
  input.setAttribute("aria-describedby", `${name}-note`);
  const set = (number) => (shown.textContent = String((values[name] = number)));
  input.addEventListener("input", () => set(Number(input.value)));
  set(value);
  box.append(title, shown, input, Object.assign(make("small", note), { id: `${name}-note` }));
  return box;
}
