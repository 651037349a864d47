// The switch-moment grid in the browser: 36 finished trainings behind one table. Everything is here, so
// dragging over the table, the epoch slider and playing need no server; only the chosen cell is told to Python.


/** An element with attributes and children. */
function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Head as JSON, then int16 frames (S, W, F, m, 2), float32 inputs (m, 2), uint8 places along the curve (m). */
function readBytes(data) {
  const size = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + size)));
  const body = data.slice(4 + size).buffer;
  const counts = [head.switches.length, head.weights.length, head.steps.length, head.points];
  const length = counts.reduce((a, b) => a * b, 2);
  return {
    ...head, counts,
    frames: new Int16Array(body, 0, length),
    inputs: new Float32Array(body, length * 2, head.points * 2),
    place: new Uint8Array(body, length * 2 + head.points * 8, head.points),
  };
}

class SwitchLab {
  constructor(root) {
    this.root = root;
    this.at = { switch: 5, weight: 5, frame: 0 };
    this.score = "flip";
    this.build();
  }

  build() {
    this.pictures = ["input", "latents"].map((name) => el("canvas", { class: "sl-picture", role: "img", "data-name": name }));
    this.table = el("table", { class: "sl-table", role: "grid", "aria-label": "Switch epoch by weight of the clustering loss" });
    this.range = el("input", { type: "range", min: 0, step: 1, class: "sl-range", "aria-label": "Epochs after the switch" });
    this.play = el("button", { class: "sl-play", type: "button", "aria-label": "Play" }, "▶");
    this.choice = el("select", { class: "sl-choice", "aria-label": "Number in the table" });
    this.told = el("p", { class: "sl-told", "aria-live": "polite" });
    const caption = (text) => el("figcaption", {}, text);
    this.root.append(
      el("div", { class: "sl-side" }, el("label", { class: "sl-label" }, "In the table: ", this.choice), this.table),
      el("div", { class: "sl-side sl-pictures" },
        el("figure", {}, this.pictures[0], caption("input")), el("figure", {}, this.pictures[1], caption("latent space")),
        el("div", { class: "sl-track" }, this.play, this.range), this.told),
    );
    this.range.addEventListener("input", () => { this.stop(); this.go({ frame: Number(this.range.value) }); });
    this.play.addEventListener("click", () => (this.timer ? this.stop() : this.start()));
    this.choice.addEventListener("change", () => { this.score = this.choice.value; this.go({}); });
    const drag = (event) => { if (event.buttons) this.under(event); };
    this.table.addEventListener("pointermove", drag);
    this.table.addEventListener("pointerdown", (event) => { event.target.releasePointerCapture?.(event.pointerId); this.under(event); });
    this.table.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(this.root);
  }

  /** New bytes (another seed) or the same again. */
  show(data, tell) {
    this.tell = tell;
    if (this.data?.stamp !== data.stamp) {
      const first = !this.data;
      this.data = data;
      this.range.max = data.steps.length - 1;
      if (first) { this.at.frame = data.steps.length - 1; this.fill(); }
    }
    this.go({});
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

  start() {
    if (this.at.frame >= this.data.steps.length - 1) this.go({ frame: 0 });
    this.play.textContent = "❚❚";
    this.play.setAttribute("aria-label", "Pause");
    this.timer = setInterval(() => {
      if (this.at.frame >= this.data.steps.length - 1) this.stop();
      else this.go({ frame: this.at.frame + 1 });
    }, 350);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.play.textContent = "▶";
    this.play.setAttribute("aria-label", "Play");
  }

  go(change) {
    const { switch: s, weight: w } = this.at;
    Object.assign(this.at, change);
    this.range.value = this.at.frame;
    this.range.setAttribute("aria-valuetext", `${this.data.steps[this.at.frame]} epochs after the switch`);
    this.paint();
    this.draw();
    this.say();
    if (s !== this.at.switch || w !== this.at.weight) {
      clearTimeout(this.soon);
      this.soon = setTimeout(() => this.tell({ switch: this.at.switch, weight: this.at.weight }), 300);
    }
  }

  /** Numbers and shades of the table at this frame, for this seed. */
  paint() {
    this.root.classList.toggle("sl-dark", this.dark());
    const values = this.data.scores[this.score];
    const [low, high] = this.data.ranges[this.score];
    this.cells.forEach((row, s) => row.forEach((cell, w) => {
      const value = values[s][w][this.at.frame];
      const share = Math.max(0, Math.min(1, (value - low) / (high - low)));
      const here = s === this.at.switch && w === this.at.weight;
      cell.textContent = value.toFixed(2);
      cell.style.setProperty("--share", share.toFixed(3));
      cell.classList.toggle("sl-strong", share > 0.66);
      cell.setAttribute("aria-selected", here);
      cell.setAttribute("aria-label", `switch at epoch ${this.data.switches[s]}, weight ${this.data.weights[w]}: ${value.toFixed(2)}`);
      cell.tabIndex = here ? 0 : -1;
    }));
  }

  draw() {
    if (!this.data) return;
    const [, W, F, n] = this.data.counts;
    const start = (((this.at.switch * W + this.at.weight) * F) + this.at.frame) * n * 2;
    const latents = this.data.frames.subarray(start, start + n * 2);
    this.dots(this.pictures[0], this.data.inputs, this.data.inputExtent);
    this.dots(this.pictures[1], latents, 32767);
  }

  dots(canvas, points, extent) {
    const size = canvas.clientWidth, ratio = globalThis.devicePixelRatio || 1;
    if (!size) return;
    canvas.width = canvas.height = Math.round(size * ratio);
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const half = size / 2, scale = (half - 8) / extent, dark = this.dark();
    for (let i = 0; i < this.data.points; i++) {
      pen.fillStyle = (dark ? this.data.onDark : this.data.onLight)[this.data.place[i]];
      pen.beginPath();
      pen.arc(half + points[2 * i] * scale, half - points[2 * i + 1] * scale, 2.2, 0, 6.2832);
      pen.fill();
    }
  }

  dark() {
    const [r, g, b] = (getComputedStyle(this.root).color.match(/\d+/g) ?? [0, 0, 0]).map(Number);
    return r + g + b > 382;
  }

  say() {
    const { switches, weights, steps, names, every } = this.data, { switch: s, weight: w, frame } = this.at;
    const parts = Object.keys(names).map((key) => `${names[key]} ${this.data.scores[key][s][w][frame].toFixed(2)}`);
    const spread = every[s][w].map((value) => value.toFixed(2)).join(", ");
    const where = `Switch at epoch ${switches[s]}, weight ${weights[w]}, ${steps[frame]} epochs later: `;
    this.told.textContent = `${where}${parts.join(" · ")}. Flipped in the end under each seed: ${spread}.`;
    this.pictures[0].setAttribute("aria-label", "The input: four interleaved arcs, colored by place along the arc");
    this.pictures[1].setAttribute("aria-label", `The latent space. ${this.told.textContent}`);
  }
}

export default function show({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".sl-root");
  const lab = (root.switchLab ??= new SwitchLab(root));
  lab.show(readBytes(data), (cell) => setStateValue("cell", cell));
  return () => lab.stop();
}
