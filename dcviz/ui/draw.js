// Draw curves with mouse, pen or finger: each stroke is a class. Points lie evenly along a stroke, with a
// little noise; what is drawn goes to Python only when "Use these curves" is pressed.

const COLORS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#7F7F7F", "#882255"];

function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

class Sheet {
  constructor(root) {
    this.strokes = [];
    this.canvas = el("canvas", { class: "dr-sheet", role: "img", tabindex: 0 });
    this.told = el("p", { class: "dr-told", "aria-live": "polite" });
    const button = (text, run) => { const made = el("button", { type: "button", class: "dr-button" }, text); made.addEventListener("click", run); return made; };
    this.use = button("Use these curves", () => this.send());
    root.append(this.canvas, el("div", { class: "dr-bar" }, button("Undo", () => { this.strokes.pop(); this.draw(); }), button("Clear", () => { this.strokes = []; this.draw(); }), button("Add an example", () => this.example()), this.use), this.told);
    this.canvas.addEventListener("pointerdown", (event) => this.begin(event));
    this.canvas.addEventListener("pointermove", (event) => this.go(event));
    for (const kind of ["pointerup", "pointercancel"]) this.canvas.addEventListener(kind, () => this.end());
    this.canvas.addEventListener("keydown", (event) => { if (event.key === "z" && (event.ctrlKey || event.metaKey)) { this.strokes.pop(); this.draw(); } });
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height];
  }

  begin(event) {
    if (this.strokes.length >= COLORS.length) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.stroke = [this.place(event)];
    this.strokes.push(this.stroke);
  }

  go(event) {
    if (!this.stroke) return;
    const place = this.place(event), [x, y] = this.stroke.at(-1);
    if (Math.hypot(place[0] - x, place[1] - y) > 0.008) { this.stroke.push(place); this.draw(); }
  }

  end() {
    if (this.stroke && this.stroke.length < 5) this.strokes.pop();
    this.stroke = null;
    this.draw();
  }

  /** Without a pointer: two interlocked arcs, one key press each. */
  example() {
    if (this.strokes.length >= COLORS.length) return;
    const k = this.strokes.length, up = k % 2 === 0, left = 0.22 + 0.14 * k;
    this.strokes.push(Array.from({ length: 40 }, (_, i) => { const t = Math.PI * i / 39; return [left + 0.17 * (1 - Math.cos(t)), up ? 0.42 + 0.3 * Math.sin(t) : 0.58 - 0.3 * Math.sin(t)]; }));
    this.draw();
  }

  draw() {
    const size = this.canvas.clientWidth, ratio = globalThis.devicePixelRatio || 1, high = this.canvas.clientHeight;
    this.canvas.width = size * ratio;
    this.canvas.height = high * ratio;
    const pen = this.canvas.getContext("2d");
    pen.scale(ratio, ratio);
    pen.lineWidth = 6;
    pen.lineCap = pen.lineJoin = "round";
    this.strokes.forEach((stroke, k) => {
      pen.strokeStyle = COLORS[k];
      pen.beginPath();
      stroke.forEach(([x, y], i) => (i ? pen.lineTo(x * size, (1 - y) * high) : pen.moveTo(x * size, (1 - y) * high)));
      pen.stroke();
    });
    this.use.disabled = this.strokes.length < 2;
    const count = this.strokes.length;
    const most = count >= COLORS.length ? " That is the most." : "";
    const now = JSON.stringify(this.strokes), taken = !this.sent ? "" : this.sent === now ? " Taken: press Train on these curves below." : " Changed since: press Use these curves again.";
    this.told.textContent = count ? `${count} ${count === 1 ? "curve" : "curves"}.${most}${count < 2 ? " Draw at least two." : taken}` : "Draw on the sheet; every stroke is a class of its own.";
    this.canvas.setAttribute("aria-label", `Sheet to draw on. ${this.told.textContent}`);
  }

  send() {
    this.tell({ strokes: this.strokes.map((stroke) => stroke.map(([x, y]) => [Number(x.toFixed(4)), Number(y.toFixed(4))])), made: Date.now() });
    this.sent = JSON.stringify(this.strokes);
    this.draw();
  }
}

export default function show({ parentElement, setStateValue }) {
  const root = parentElement.querySelector(".dr-root");
  const sheet = (root.sheet ??= new Sheet(root));
  sheet.tell = (value) => setStateValue("drawn", value);
  sheet.draw();
}
