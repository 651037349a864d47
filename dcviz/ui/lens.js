// The twist lens: a grid over the input at the left, its image at the right. It follows the cursor of the
// viewers ("dcviz:cursor") in steps, from stored network to stored network.

function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function readBytes(data) {
  const size = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + size)));
  const body = data.slice(4 + size).buffer;
  const corners = (head.rows + 1) * (head.columns + 1), cells = head.rows * head.columns, E = head.epochs.length;
  let at = 0;
  const take = (Kind, count) => { const part = new Kind(body, at, count); at += count * Kind.BYTES_PER_ELEMENT; return part; };
  return {
    ...head, corners, cells,
    input: take(Int16Array, corners * 2), images: take(Int16Array, E * corners * 2),
    occupied: take(Uint8Array, cells), flipped: take(Uint8Array, E * cells), condition: take(Uint8Array, E * cells),
  };
}

const STEP = 32767;

class Lens {
  constructor(root) {
    this.root = root;
    this.mode = "flipped";
    this.ends = [];
    this.hand = null;
    this.canvases = ["input", "latent space"].map((name) => el("canvas", { class: "tl-picture", role: "img", tabindex: name === "input" ? 0 : -1, "data-name": name }));
    this.choice = el("select", { class: "tl-choice", "aria-label": "Shade of the cells" }, el("option", { value: "flipped" }, "turned over"), el("option", { value: "condition" }, "squeezed (condition number)"));
    this.arrows = el("input", { type: "checkbox", id: `arrows-${Math.random().toString(36).slice(2)}` });
    this.along = el("input", { type: "checkbox", id: `along-${Math.random().toString(36).slice(2)}`, checked: "" });
    this.range = el("input", { type: "range", min: 0, step: 1, class: "tl-range", "aria-label": "Stored network" });
    this.told = el("p", { class: "tl-told", "aria-live": "polite" });
    root.append(
      el("div", { class: "tl-bar" }, el("label", {}, "Shade: ", this.choice), el("label", { for: this.arrows.id }, this.arrows, " arrows since the switch"), el("label", { for: this.along.id }, this.along, " follow the pictures"), this.range),
      el("div", { class: "tl-pictures" }, ...this.canvases.map((canvas) => el("figure", {}, canvas, el("figcaption", {}, canvas.dataset.name)))),
      this.told,
    );
    this.choice.addEventListener("change", () => { this.mode = this.choice.value; this.draw(); });
    this.arrows.addEventListener("change", () => this.draw());
    // The sheet lets the color of text change over a millisecond: its end tells that the theme was changed.
    root.addEventListener("transitionend", (event) => { if (event.target === root) this.draw(); });
    this.range.addEventListener("input", () => { this.along.checked = false; this.at = Number(this.range.value); this.draw(); });
    this.canvases.forEach((canvas, k) => canvas.addEventListener("click", (event) => this.pick(event, k)));
    root.addEventListener("keydown", (event) => { if (event.key === "Escape") { this.ends = []; this.hand = null; this.draw(); } });
    this.canvases[0].setAttribute("role", "application");
    this.canvases[0].addEventListener("keydown", (event) => this.press(event));
    this.heard = (event) => this.follow(event.detail);
    document.addEventListener("dcviz:cursor", this.heard);
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(root);
  }

  show(data) {
    if (this.data?.stamp === data.stamp) return;
    this.data = data;
    this.range.max = data.epochs.length - 1;
    this.at = Math.max(0, data.epochs.findIndex((epoch) => epoch === data.switch));
    this.ends = [];
    this.hand = null;
    const shown = [...(globalThis.dcvizViewer?.viewers?.values() ?? [])].find((viewer) => viewer.index && data.group.includes(viewer.run));
    if (shown) this.follow({ run: shown.run, epoch: shown.state.t });
    this.draw();
  }

  /** The last stored network at or before the cursor of the viewers of this run's group. */
  follow({ run, epoch }) {
    if (!this.along.checked || !this.data?.group.includes(run)) return;
    const before = this.data.epochs.filter((each) => each <= epoch + 1e-6).length - 1;
    if (before >= 0 && before !== this.at) { this.at = before; this.draw(); }
  }

  close() {
    document.removeEventListener("dcviz:cursor", this.heard);
    this.observer.disconnect();
  }

  /** Corners of a picture in its pixels: 0 the input, 1 the image under network `at`. */
  place(k, size, at = this.at) {
    const { input, images, corners } = this.data, half = size / 2, scale = (half - 6) / STEP;
    const from = k ? images : input, start = k ? at * corners * 2 : 0;
    return (i) => [half + from[start + 2 * i] * scale, half - from[start + 2 * i + 1] * scale];
  }

  draw() {
    if (!this.data) return;
    this.range.value = this.at;
    const epoch = this.data.epochs[this.at];
    this.range.setAttribute("aria-valuetext", `network of epoch ${epoch}`);
    this.path = this.ends.length === 2 ? this.shortest() : null;
    this.canvases.forEach((canvas, k) => this.picture(canvas, k));
    const share = `${(100 * this.data.shares[this.at]).toFixed(0)} % of the cells with data turned over`;
    const text = `Network of epoch ${epoch}: ${share}; a typical cell is ${this.data.typical[this.at].toFixed(1)} times as long as wide.`;
    const scale = this.mode === "condition" ? " The fullest shade: 100 times or more." : "";
    this.told.textContent = text + scale + this.ruler();
    this.canvases[1].setAttribute("aria-label", `Image of the grid. ${this.told.textContent}`);
    this.canvases[0].setAttribute("aria-label", "A square grid over the input. Ruler: arrow keys and Enter.");
  }

  picture(canvas, k) {
    const size = canvas.clientWidth, ratio = globalThis.devicePixelRatio || 1;
    if (!size) return;
    canvas.width = canvas.height = Math.round(size * ratio);
    const pen = canvas.getContext("2d"), dark = this.dark(), at = this.place(k, size);
    this.root.style.colorScheme = dark ? "dark" : "light";
    this.range.style.accentColor = dark ? "#9CC9F0" : ""; // beside a fuller blue browsers paint the rest white
    pen.scale(ratio, ratio);
    for (const occupied of [0, 1]) for (let cell = 0; cell < this.data.cells; cell++) {
      if (this.data.occupied[cell] === occupied) this.cell(pen, at, cell, { occupied, dark });
    }
    if (k && this.arrows.checked) this.drawArrows(pen, size);
    this.drawRuler(pen, at, dark);
  }

  cell(pen, at, cell, { occupied, dark }) {
    const columns = this.data.columns, row = Math.floor(cell / columns), corner = row * (columns + 1) + (cell % columns);
    const index = this.at * this.data.cells + cell, flipped = this.data.flipped[index];
    pen.beginPath();
    [corner, corner + 1, corner + columns + 2, corner + columns + 1].forEach((i, n) => { const [x, y] = at(i); if (n) pen.lineTo(x, y); else pen.moveTo(x, y); });
    pen.closePath();
    if (occupied) {
      const squeeze = Math.min(1, this.data.condition[index] / 200);
      const shade = this.mode === "condition" ? [148, 82, 0, 0.1 + 0.8 * squeeze] : flipped ? [213, 94, 0, 0.62] : [0, 114, 178, 0.28];
      pen.fillStyle = `rgba(${shade})`;
      pen.fill();
      if (flipped && this.mode === "flipped") { pen.setLineDash([2, 2]); pen.strokeStyle = dark ? "#fff" : "#000"; pen.lineWidth = 0.7; pen.stroke(); pen.setLineDash([]); return; }
    }
    pen.strokeStyle = occupied ? (dark ? "rgba(160,200,230,.7)" : "rgba(0,70,120,.55)") : "rgba(128,128,128,.22)";
    pen.lineWidth = 0.6;
    pen.stroke();
  }

  /** From where a corner was at the switch to where it is, for every third corner with data. */
  drawArrows(pen, size) {
    const start = this.data.epochs.findIndex((epoch) => epoch === this.data.switch);
    if (start < 0) return;
    const from = this.place(1, size, start), to = this.place(1, size), columns = this.data.columns;
    pen.strokeStyle = pen.fillStyle = "#CC79A7";
    pen.lineWidth = 1.4;
    for (let cell = 0; cell < this.data.cells; cell += 1) {
      const row = Math.floor(cell / columns), column = cell % columns;
      if (!this.data.occupied[cell] || row % 3 || column % 3) continue;
      const corner = row * (columns + 1) + column, [x, y] = from(corner), [u, v] = to(corner);
      pen.beginPath();
      pen.moveTo(x, y);
      pen.lineTo(u, v);
      pen.stroke();
      const turn = Math.atan2(v - y, u - x);
      pen.beginPath();
      pen.moveTo(u, v);
      for (const side of [0.5, -0.5]) pen.lineTo(u - 6 * Math.cos(turn + side), v - 6 * Math.sin(turn + side));
      pen.fill();
    }
  }

  // ---- the ruler ---------------------------------------------------------------------------------

  /** Corners of occupied cells and their neighbors in the grid. */
  corners() {
    const { rows, columns, occupied } = this.data, used = new Set();
    for (let cell = 0; cell < rows * columns; cell++) if (occupied[cell]) {
      const corner = Math.floor(cell / columns) * (columns + 1) + (cell % columns);
      [corner, corner + 1, corner + columns + 1, corner + columns + 2].forEach((i) => used.add(i));
    }
    return used;
  }

  pick(event, k) {
    const box = event.target.getBoundingClientRect(), at = this.place(k, box.width);
    const x = event.clientX - box.left, y = event.clientY - box.top;
    let best = null, least = Infinity;
    for (const i of this.corners()) { const [u, v] = at(i), far = (u - x) ** 2 + (v - y) ** 2; if (far < least) [best, least] = [i, far]; }
    this.hand = null;
    this.end(best);
  }

  /** An end of the ruler; a third begins a new one, the same place twice is one. */
  end(corner) {
    this.ends = this.ends.length === 2 ? [corner] : [...new Set([...this.ends, corner])];
    this.draw();
  }

  /** By keys: arrows go from corner to corner over the data, Enter sets an end there. */
  press(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[event.key];
    const sets = event.key === "Enter" || event.key === " ";
    if (!this.data || (!step && !sets)) return;
    event.preventDefault();
    const begin = this.hand ?? this.ends.at(-1) ?? [...this.corners()][0];
    if (sets) this.end(begin);
    this.hand = step && this.hand !== null ? this.beside(begin, step) : begin;
    this.draw();
  }

  /** The nearest corner with data in a direction, or the same where there is none. */
  beside(corner, [across, up]) {
    const width = this.data.columns + 1;
    let best = corner, least = Infinity;
    for (const i of this.corners()) {
      const right = (i % width) - (corner % width), above = Math.floor(i / width) - Math.floor(corner / width);
      const ahead = right * across + above * up, aside = Math.abs(right * up) + Math.abs(above * across);
      if (ahead > 0 && ahead + 3 * aside < least) [best, least] = [i, ahead + 3 * aside];
    }
    return best;
  }

  /** Length of the step between two corners, in latent units. */
  step(i, j) {
    const { images, corners, extent } = this.data, start = this.at * corners * 2;
    const dx = images[start + 2 * i] - images[start + 2 * j], dy = images[start + 2 * i + 1] - images[start + 2 * j + 1];
    return Math.hypot(dx, dy) * extent / STEP;
  }

  /** Dijkstra over corners with data: the shortest way between the two ends through the image of the data. */
  shortest() {
    const used = this.corners(), width = this.data.columns + 1, [start, end] = this.ends;
    const far = new Map([[start, 0]]), from = new Map(), open = new Set([start]);
    while (open.size) {
      let here = null;
      for (const i of open) if (here === null || far.get(i) < far.get(here)) here = i;
      if (here === end) break;
      open.delete(here);
      for (const offset of [-1, 1, -width, width, -width - 1, -width + 1, width - 1, width + 1]) {
        const next = here + offset;
        if (!used.has(next) || Math.abs((next % width) - (here % width)) > 1) continue;
        const length = far.get(here) + this.step(here, next);
        if (length < (far.get(next) ?? Infinity)) { far.set(next, length); from.set(next, here); open.add(next); }
      }
    }
    if (!far.has(end)) return null;
    const way = [end];
    while (way.at(-1) !== start) way.push(from.get(way.at(-1)));
    return { way, length: far.get(end), straight: this.step(start, end) };
  }

  drawRuler(pen, at, dark) {
    pen.strokeStyle = pen.fillStyle = dark ? "#fff" : "#000";
    const line = (corners, dash) => { pen.setLineDash(dash); pen.lineWidth = 2; pen.beginPath(); corners.forEach((i, n) => { const [x, y] = at(i); if (n) pen.lineTo(x, y); else pen.moveTo(x, y); }); pen.stroke(); pen.setLineDash([]); };
    if (this.path) { line(this.path.way, []); line(this.ends, [5, 4]); }
    for (const i of this.ends) { const [x, y] = at(i); pen.beginPath(); pen.arc(x, y, 5, 0, 6.3); pen.fill(); }
    if (this.hand !== null) { const [x, y] = at(this.hand); pen.lineWidth = 2; pen.beginPath(); pen.arc(x, y, 9, 0, 6.3); pen.stroke(); }
  }

  ruler() {
    const width = this.data.columns + 1, at = this.hand === null ? "" : ` Column ${(this.hand % width) + 1}, row ${Math.floor(this.hand / width) + 1} of the grid.`;
    if (this.ends.length < 2) return this.ends.length ? ` Ruler: now the other end.${at}` : at && ` Ruler: Enter sets an end.${at}`;
    if (!this.path) return " Ruler: no way through the data joins these two places. Escape clears it." + at;
    const { length, straight } = this.path;
    return ` Ruler: ${length.toFixed(2)} along the data, ${straight.toFixed(2)} straight${straight ? `, ${(length / straight).toFixed(1)} times as far` : ""} (latent units). Escape clears it.${at}`;
  }

  dark() {
    const [r, g, b] = (getComputedStyle(this.root).color.match(/\d+/g) ?? [0, 0, 0]).map(Number);
    return r + g + b > 382;
  }
}

export default function show({ data, parentElement }) {
  const root = parentElement.querySelector(".tl-root");
  const lens = (root.twistLens ??= new Lens(root));
  lens.show(readBytes(data));
  const turn = (root.turn = (root.turn ?? 0) + 1);
  return () => {
    if (root.turn !== turn) return; // Streamlit also ends calls that a newer one has overtaken
    lens.close();
    delete root.twistLens;
    root.replaceChildren();
  };
}
