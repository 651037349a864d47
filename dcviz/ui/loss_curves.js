// Losses of a training, drawn again in place whenever Python sends more of them. The svg node stays, so
// nothing flickers, the readout stays where the pointer is and the keyboard's focus is not lost.

const NS = "http://www.w3.org/2000/svg", HIGH = 240, LEFT = 58, RIGHT = 10, BOTTOM = 34, ROW = 15;

function svg(name, attributes = {}, text = "") {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  return made;
}

/** A value as a person writes it: 0.0123, 12.5, 3.7e-6, 2e5; a dash where there is none. */
export function short(value) {
  if (value == null) return "–";
  const size = Math.abs(value);
  if (size && (size >= 1e5 || size < 1e-3)) return value.toExponential(1).replace(".0e", "e").replace("e+", "e");
  return String(+value.toPrecision(4));
}

/** Round steps of 1, 2 or 5 times a power of ten between two ends. */
export function steps(low, high, most) {
  const rough = (high - low || 1) / most, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((each) => each * power >= rough);
  const found = [];
  for (let value = Math.ceil(low / step - 1e-9) * step; value <= high + step * 1e-9; value += step) found.push(+value.toPrecision(12));
  return found;
}

/** Ticks of a logarithmic axis: the powers of ten, with 2 and 5 between them where these are few. */
export function decades(low, high) {
  const first = Math.floor(Math.log10(low)), last = Math.ceil(Math.log10(high)), found = [];
  const between = last - first <= 2 ? [1, 2, 5] : [1], every = Math.ceil((last - first) / 6) || 1;
  for (let power = first; power <= last; power += every) found.push(...between.map((each) => +(each * 10 ** power).toPrecision(3)));
  const inside = found.filter((value) => value >= low * 0.999 && value <= high * 1.001);
  return inside.length > 1 ? inside : steps(low, high, 4);
}

class Losses {
  constructor(root) {
    this.root = root;
    this.plot = svg("svg", { class: "ls-plot", role: "img", tabindex: 0 });
    this.back = svg("g");
    this.front = svg("g");
    this.cursor = svg("line", { class: "ls-cursor", visibility: "hidden" });
    this.legend = document.createElement("p");
    this.legend.className = "ls-legend";
    this.plot.append(this.back, this.front, this.cursor);
    root.replaceChildren(this.legend, this.plot);
    this.at = null;
    this.plot.addEventListener("pointermove", (event) => this.point(event));
    this.plot.addEventListener("pointerleave", () => this.read(null));
    this.plot.addEventListener("blur", () => this.read(null));
    this.plot.addEventListener("keydown", (event) => this.step(event));
    this.seen = new ResizeObserver(() => this.draw());
    this.seen.observe(this.plot);
  }

  show(data) {
    const text = JSON.stringify(data);
    if (text === this.text) return;
    this.text = text;
    this.data = data;
    this.plot.setAttribute("aria-label", data.alt);
    this.draw();
  }

  draw() {
    const wide = this.plot.clientWidth;
    if (!this.data || !wide) return;
    const rows = this.names(wide);
    this.wide = wide;
    this.top = 4 + ROW * rows.length;
    this.scale();
    this.plot.setAttribute("viewBox", `0 0 ${wide} ${HIGH}`);
    this.back.replaceChildren(...this.areas(rows), ...this.axes());
    this.front.replaceChildren(...this.data.lines.flatMap((line) => this.line(line)));
    this.read(this.at);
  }

  /** The name of each phase above its area; a name that would touch the one before goes one row down. */
  names(wide) {
    const rows = [], inner = wide - LEFT - RIGHT;
    this.data.phases.forEach((phase, i) => {
      const text = i ? `⚑ switch to ${phase.name}` : phase.name, size = 6.2 * text.length + 8;
      const at = Math.max(LEFT, Math.min(LEFT + (phase.from / this.data.to) * inner, wide - RIGHT - size));
      const row = rows.find((each) => each.end <= at);
      const made = { text, at };
      if (row) { row.end = at + size; row.names.push(made); } else rows.push({ end: at + size, names: [made] });
    });
    return rows;
  }

  scale() {
    const { lines, log, to } = this.data;
    const values = lines.flatMap((line) => line.y).filter((value) => value != null);
    let low = Math.min(...values), high = Math.max(...values);
    if (log) { low /= 1.15; high *= 1.15; } else { const room = 0.06 * (high - low) || 0.5; low -= room; high += room; }
    const turn = log ? Math.log10 : (value) => value, [a, b] = [turn(low), turn(high)];
    this.low = low;
    this.high = high;
    this.x = (epoch) => LEFT + (epoch / to) * (this.wide - LEFT - RIGHT);
    this.y = (value) => this.top + (1 - (turn(value) - a) / (b - a || 1)) * (HIGH - this.top - BOTTOM);
  }

  areas(rows) {
    const made = this.data.phases.map((phase) => svg("rect", {
      x: this.x(phase.from), width: Math.max(0, this.x(phase.to) - this.x(phase.from)), y: this.top, height: HIGH - this.top - BOTTOM, fill: phase.color, opacity: 0.12,
    }));
    rows.forEach((row, i) => row.names.forEach(({ text, at }) => made.push(svg("text", { x: at, y: ROW * (i + 1) - 3 }, text))));
    for (const phase of this.data.phases.slice(1)) made.push(svg("line", { x1: this.x(phase.from), x2: this.x(phase.from), y1: this.top, y2: HIGH - BOTTOM, class: "ls-switch" }));
    return made;
  }

  axes() {
    const floor = HIGH - BOTTOM, right = this.wide - RIGHT, made = [];
    for (const value of this.data.log ? decades(this.low, this.high) : steps(this.low, this.high, 4)) {
      made.push(svg("line", { x1: LEFT, x2: right, y1: this.y(value), y2: this.y(value), class: "ls-grid" }));
      made.push(svg("text", { x: LEFT - 5, y: this.y(value) + 4, "text-anchor": "end" }, short(value)));
    }
    for (const value of steps(0, this.data.to, Math.max(2, Math.min(10, this.wide / 90)))) {
      if (!Number.isInteger(value)) continue;
      made.push(svg("text", { x: this.x(value), y: floor + 14, "text-anchor": value === this.data.to ? "end" : "middle" }, value.toLocaleString("en")));
    }
    made.push(svg("line", { x1: LEFT, x2: right, y1: floor, y2: floor, class: "ls-axis" }));
    made.push(svg("text", { x: (LEFT + right) / 2, y: HIGH - 5, "text-anchor": "middle" }, "epoch"));
    made.push(svg("text", { transform: `translate(12 ${(this.top + floor) / 2}) rotate(-90)`, "text-anchor": "middle" }, `mean loss${this.data.log ? ", log scale" : ""}`));
    return made;
  }

  /** One curve: a piece for each stretch of stored values; a lone value is a dot. */
  line({ y, color, dash }) {
    const pieces = [[]];
    y.forEach((value, i) => (value == null ? pieces.push([]) : pieces.at(-1).push([this.x(this.data.x[i]).toFixed(1), this.y(value).toFixed(1)])));
    return pieces.filter((piece) => piece.length).map((piece) =>
      piece.length === 1
        ? svg("circle", { cx: piece[0][0], cy: piece[0][1], r: 3, fill: color })
        : svg("polyline", { points: piece.map((p) => p.join()).join(" "), fill: "none", stroke: color, "stroke-width": 2, "stroke-dasharray": dash, "stroke-linejoin": "round" }));
  }

  point(event) {
    const box = this.plot.getBoundingClientRect(), epoch = ((event.clientX - box.left - LEFT) / (box.width - LEFT - RIGHT)) * this.data.to;
    this.read(this.data.x.reduce((best, each) => (Math.abs(each - epoch) < Math.abs(best - epoch) ? each : best)));
  }

  step(event) {
    const move = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (!move) return;
    event.preventDefault();
    const x = this.data.x, now = this.at == null ? x.length - 1 : x.indexOf(this.at);
    this.read(x[Math.max(0, Math.min(x.length - 1, now + move))]);
  }

  /** Show the values at an epoch in the legend; at the last one while nothing is pointed at. */
  read(epoch) {
    if (!this.data) return;
    const known = this.data.x.indexOf(epoch), i = known < 0 ? this.data.x.length - 1 : known;
    this.at = known < 0 ? null : epoch;
    this.cursor.setAttribute("visibility", known < 0 ? "hidden" : "visible");
    const place = this.x?.(this.data.x[i]) ?? 0;
    for (const [name, value] of Object.entries({ x1: place, x2: place, y1: this.top, y2: HIGH - BOTTOM })) this.cursor.setAttribute(name, value);
    const first = document.createElement("span");
    first.className = "ls-at";
    first.textContent = `epoch ${this.data.x[i].toLocaleString("en")}`;
    this.legend.replaceChildren(first, ...this.data.lines.map((line) => this.entry(line, i)));
  }

  entry({ name, y, color, dash }, i) {
    const item = document.createElement("span"), key = svg("svg", { width: 24, height: 8, "aria-hidden": "true" }), value = document.createElement("b");
    key.append(svg("line", { x1: 0, x2: 24, y1: 4, y2: 4, stroke: color, "stroke-width": 3, "stroke-dasharray": dash }));
    value.textContent = short(y[i]);
    item.append(key, ` ${name} `, value);
    return item;
  }

  close() { this.seen.disconnect(); }
}

export default function show({ data, parentElement }) {
  const root = parentElement.querySelector(".ls-root");
  const losses = (root.losses ??= new Losses(root));
  losses.show(data);
  const turn = (root.turn = (root.turn ?? 0) + 1);
  return () => {
    if (root.turn !== turn) return; // Streamlit also ends calls that a newer one has overtaken
    losses.close();
    delete root.losses;
    root.replaceChildren();
  };
}
