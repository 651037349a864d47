// The switch-moment grid in the browser: 36 finished trainings behind one table, the viewer beside it. Everything
// is here, so dragging over the table, the epoch track and playing need no server; only the chosen cell is told
// to Python. `start` and `readData` are the viewer's loader, which this text is joined to.

/** An element with attributes and children. */
function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

class SwitchLab {
  constructor(root) {
    this.root = root;
    this.at = { switch: 5, weight: 5 };
    this.frame = 0;
    this.score = "flip";
    this.build();
  }

  build() {
    this.table = el("table", { class: "sl-table", role: "grid", "aria-label": "Switch epoch by weight of the clustering loss" });
    this.choice = el("select", { class: "sl-choice", "aria-label": "Number in the table" });
    this.told = el("p", { class: "sl-told", "aria-live": "polite" });
    this.place = el("div", { class: "sl-viewer" });
    this.root.append(
      el("div", { class: "sl-side" }, el("label", { class: "sl-label" }, "In the table: ", this.choice), this.table, this.told),
      el("div", { class: "sl-side" }, this.place),
    );
    this.choice.addEventListener("change", () => { this.score = this.choice.value; this.place.dcvizViewer?.track.show({ score: this.score }); this.paint(); });
    const drag = (event) => { if (event.buttons) this.under(event); };
    // The sheet lets the color of text change over a millisecond: its end tells that the theme was changed.
    this.root.addEventListener("transitionend", (event) => { if (event.target === this.root && this.data) this.paint(); });
    this.table.addEventListener("pointermove", drag);
    this.table.addEventListener("pointerdown", (event) => { event.target.releasePointerCapture?.(event.pointerId); this.under(event); });
    this.table.addEventListener("keydown", (event) => this.key(event));
    this.heard = (event) => this.follow(event.detail);
  }

  /** New bytes (another seed) or the same again. */
  show(args) {
    const { told, parts } = readData(args.data);
    document.addEventListener("dcviz:cursor", this.heard);
    this.args = args;
    if (this.data?.stamp !== told.more.stamp) {
      const first = !this.data;
      this.data = told.more;
      this.options = told;
      if (first) { this.frame = this.data.steps.length - 1; this.fill(); }
      this.paint();
      this.draw(parts);
    }
  }

  close() {
    document.removeEventListener("dcviz:cursor", this.heard);
    this.closing?.then((close) => close?.());
    this.data = null;
  }

  get film() {
    return this.data.films[this.at.switch * this.data.weights.length + this.at.weight];
  }

  /** The viewer shows the chosen training at the same distance from its switch as the one before. */
  draw(parts = []) {
    const epoch = this.data.switches[this.at.switch] + this.data.steps[this.frame];
    this.place.dcvizViewer?.player.stop();
    const told = { ...this.options, run: this.film, epoch };
    this.closing = start({ ...this.args, told, parts, parentElement: this.place, setStateValue: (name, value) => { if (name === "transport") this.args.setStateValue(name, value); } });
  }

  /** The numbers follow the cursor of the viewer, from stored epoch to stored epoch. */
  follow({ run, epoch }) {
    if (!this.data || run !== this.film) return;
    const since = epoch - this.data.switches[this.at.switch];
    const far = (step) => Math.abs(step - since);
    const frame = this.data.steps.reduce((best, step, k) => (far(step) < far(this.data.steps[best]) ? k : best), 0);
    if (frame === this.frame) return;
    this.frame = frame;
    this.paint();
  }

  fill() {
    const { switches, weights, names } = this.data;
    this.choice.replaceChildren(...Object.entries(names).map(([key, name]) => el("option", { value: key }, name)));
    const head = el("tr", {}, el("th", { scope: "col" }, "switch ↓ weight →"), ...weights.map((w) => el("th", { scope: "col" }, w)));
    this.cells = switches.map(() => []);
    const rows = switches.map((epoch, s) => el("tr", {}, el("th", { scope: "row" }, `epoch ${epoch}`), ...weights.map((_, w) => {
      const cell = el("td", { role: "gridcell", tabindex: -1, "data-s": s, "data-w": w });
      this.cells[s].push(cell);
      return cell;
    })));
    this.table.replaceChildren(el("thead", {}, head), el("tbody", {}, ...rows));
  }

  under(event) {
    const cell = this.root.getRootNode().elementFromPoint(event.clientX, event.clientY)?.closest("td");
    if (cell) this.go({ switch: Number(cell.dataset.s), weight: Number(cell.dataset.w) });
  }

  key(event) {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    const inside = (value, count) => Math.max(0, Math.min(count - 1, value));
    this.go({ switch: inside(this.at.switch + step[0], this.cells.length), weight: inside(this.at.weight + step[1], this.cells[0].length) });
    this.cells[this.at.switch][this.at.weight].focus();
  }

  go(change) {
    const { switch: s, weight: w } = this.at;
    Object.assign(this.at, change);
    if (s === this.at.switch && w === this.at.weight) return;
    this.paint();
    this.draw();
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.args.setStateValue("cell", { switch: this.at.switch, weight: this.at.weight }), 300);
  }

  /** Numbers and shades of the table at this frame, for this seed. */
  paint() {
    this.root.classList.toggle("sl-dark", this.dark());
    const values = this.data.scores[this.score];
    const [low, high] = this.data.ranges[this.score];
    this.cells.forEach((row, s) => row.forEach((cell, w) => {
      const value = values[s][w][this.frame];
      const share = Math.max(0, Math.min(1, (value - low) / (high - low)));
      const here = s === this.at.switch && w === this.at.weight;
      cell.textContent = value.toFixed(2);
      cell.style.setProperty("--share", share.toFixed(3));
      cell.classList.toggle("sl-strong", share > 0.66);
      cell.setAttribute("aria-selected", here);
      cell.setAttribute("aria-label", `switch at epoch ${this.data.switches[s]}, weight ${this.data.weights[w]}: ${value.toFixed(2)}`);
      cell.tabIndex = here ? 0 : -1;
    }));
    this.say();
  }

  dark() {
    const [r, g, b] = (getComputedStyle(this.root).color.match(/\d+/g) ?? [0, 0, 0]).map(Number);
    return r + g + b > 382;
  }

  say() {
    const { switches, weights, steps, names, every } = this.data, { switch: s, weight: w } = this.at;
    const parts = Object.keys(names).map((key) => `${names[key]} ${this.data.scores[key][s][w][this.frame].toFixed(2)}`);
    const spread = every[s][w].map((value) => value.toFixed(2)).join(", ");
    const where = `Switch at epoch ${switches[s]}, weight ${weights[w]}, ${steps[this.frame]} epochs later: `;
    this.told.textContent = `${where}${parts.join(" · ")}. Flipped in the end under each seed: ${spread}.`;
  }
}

export default function show(args) {
  const root = args.parentElement.querySelector(".sl-root");
  const lab = (root.switchLab ??= new SwitchLab(root));
  lab.show(args);
  const turn = (root.turn = (root.turn ?? 0) + 1);
  return () => {
    if (root.turn === turn) lab.close(); // Streamlit also ends calls that a newer one has overtaken
  };
}
