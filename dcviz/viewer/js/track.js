// The epoch track: phases, the switch, what is loaded, a curve, and the cursor one drags.

import { CORE, PHASES } from "./palette.js";
import { epochName, h, perFrame } from "./dom.js";
import { between } from "./frames.js";

const HEIGHT = 54;
const BAND = 34;

export class Track {
  /** `on` hears {move(t), release(t)}. */
  constructor(on) {
    this.on = on;
    this.canvas = h("canvas", { class: "dv-track-canvas", "aria-hidden": "true" });
    this.element = h("div", {
      class: "dv-track", role: "slider", tabindex: "0", "aria-label": "Epoch", "aria-valuenow": "0", "data-part": "track",
      onpointerdown: (event) => this.down(event), onpointermove: (event) => this.move(event),
      onpointerup: (event) => this.up(event), onpointercancel: (event) => this.up(event), onpointerleave: () => this.hover(null),
    }, this.canvas, (this.tip = h("div", { class: "dv-tip", hidden: true })));
    this.draw = perFrame(() => this.paint());
    this.loaded = [];
    this.t = 0;
  }

  show({ index, t, loaded, score, dark, text }) {
    if (index) this.index = index;
    if (loaded) this.loaded = loaded;
    if (score !== undefined) this.score = score;
    if (dark !== undefined) Object.assign(this, { dark, text });
    if (t !== undefined) this.t = t;
    if (!this.index) return;
    const { near } = between(this.positions(), this.t);
    const element = this.element;
    element.setAttribute("aria-valuemin", "0");
    element.setAttribute("aria-valuemax", String(this.index.planned));
    element.setAttribute("aria-valuenow", String(Math.round(this.t * 100) / 100));
    element.setAttribute("aria-valuetext", `epoch ${epochName(this.index.epochs[near].position)}, ${this.phase(near)}`);
    this.draw();
  }

  positions() {
    return this.index.epochs.map((epoch) => epoch.position);
  }

  phase(at) {
    return this.index.phases[this.index.epochs[at].phase]?.name ?? "";
  }

  x(position) {
    return 8 + (position / Math.max(this.index.planned, 1e-9)) * (this.width - 16);
  }

  position(x) {
    const last = this.index.epochs.at(-1).position;
    return Math.min(last, Math.max(0, ((x - 8) / (this.width - 16)) * this.index.planned));
  }

  paint() {
    const width = this.element.clientWidth;
    if (!width || !this.index) return;
    const scale = devicePixelRatio || 1;
    this.width = width;
    Object.assign(this.canvas, { width: width * scale, height: HEIGHT * scale });
    const pen = this.canvas.getContext("2d");
    pen.scale(scale, scale);
    this.paintPhases(pen);
    this.paintScore(pen);
    this.paintEpochs(pen);
    this.paintSwitch(pen);
    this.paintCursor(pen);
  }

  paintPhases(pen) {
    this.index.phases.forEach((phase, k) => {
      const [left, right] = [this.x(phase.start), this.x(phase.end)];
      pen.save();
      pen.beginPath();
      pen.rect(left, 4, right - left, BAND);
      pen.clip();
      pen.globalAlpha = 0.2;
      pen.fillStyle = PHASES[k % PHASES.length];
      pen.fillRect(left, 4, right - left, BAND);
      // Hatched as well: phases are told apart without color.
      pen.globalAlpha = 0.45;
      pen.strokeStyle = PHASES[k % PHASES.length];
      pen.lineWidth = 1;
      for (let x = left - BAND; x < right + BAND; x += 9) {
        pen.beginPath();
        if (k % 2) { pen.moveTo(x, 4); pen.lineTo(x + BAND, 4 + BAND); } else { pen.moveTo(x, 4 + BAND); pen.lineTo(x + BAND, 4); }
        pen.stroke();
      }
      pen.globalAlpha = 1;
      pen.fillStyle = this.text;
      pen.font = "11px system-ui, sans-serif";
      const room = k ? 12 : 5; // right of the flag
      if (right - left > 60) pen.fillText(phase.name, left + room, 14, right - left - room - 3);
      pen.restore();
    });
  }

  paintScore(pen) {
    const values = this.index.epochs.map((epoch) => epoch.scores[this.score]);
    const known = values.filter((value) => typeof value === "number");
    if (known.length < 2) return;
    const [low, high] = [Math.min(...known), Math.max(...known)];
    pen.strokeStyle = this.dark ? "#9CC9F0" : CORE;
    pen.lineWidth = 1.5;
    pen.beginPath();
    let pending = true;
    values.forEach((value, k) => {
      if (typeof value !== "number") { pending = true; return; }
      const [x, y] = [this.x(this.index.epochs[k].position), BAND - ((value - low) / (high - low || 1)) * (BAND - 20)]; // below the names of phases
      if (pending) pen.moveTo(x, y); else pen.lineTo(x, y);
      pending = false;
    });
    pen.stroke();
  }

  /** A strip of what is in the browser, like the buffer of a film; stored epochs as ticks where they are few. */
  paintEpochs(pen) {
    const { epochs } = this.index;
    const step = (this.width - 16) / Math.max(1, epochs.length - 1);
    epochs.forEach((epoch, k) => {
      const x = this.x(epoch.position);
      const half = Math.max(0.75, Math.min(6, step / 2 + 0.3));
      pen.globalAlpha = this.loaded[k] ? 0.85 : 0.22;
      pen.fillStyle = this.text;
      if (step > 4) {
        pen.beginPath();
        pen.arc(x, BAND + 9, 2.2, 0, 7);
        pen.fill();
        if (!this.loaded[k]) { pen.globalAlpha = 1; }
      } else pen.fillRect(x - half, BAND + 7, 2 * half, 4);
    });
    pen.globalAlpha = 1;
  }

  paintSwitch(pen) {
    if (this.index.switch === null || this.index.switch === undefined) return;
    const x = this.x(this.index.switch);
    pen.strokeStyle = pen.fillStyle = this.dark ? "#FF8A50" : "#C0392B";
    pen.lineWidth = 2;
    pen.beginPath();
    pen.moveTo(x, 2);
    pen.lineTo(x, BAND + 12);
    pen.stroke();
    pen.beginPath();
    pen.moveTo(x, 2);
    pen.lineTo(x + 10, 6);
    pen.lineTo(x, 10);
    pen.fill();
  }

  paintCursor(pen) {
    const x = this.x(this.t);
    pen.fillStyle = pen.strokeStyle = this.text;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.moveTo(x, 2);
    pen.lineTo(x, HEIGHT - 10);
    pen.stroke();
    pen.beginPath();
    pen.moveTo(x, HEIGHT - 13);
    pen.lineTo(x + 6, HEIGHT - 2);
    pen.lineTo(x - 6, HEIGHT - 2);
    pen.fill();
  }

  at(event) {
    return this.position(event.clientX - this.element.getBoundingClientRect().left);
  }

  down(event) {
    if (!this.index || event.button) return;
    this.element.setPointerCapture?.(event.pointerId);
    this.dragging = true;
    this.on.move(this.at(event));
    event.preventDefault();
    this.element.focus({ preventScroll: true });
  }

  move(event) {
    if (!this.index) return;
    if (this.dragging) this.on.move(this.at(event));
    this.hover(this.at(event), event);
  }

  up(event) {
    if (!this.dragging) return;
    this.dragging = false;
    let t = this.at(event);
    if (!event.shiftKey) {
      const positions = this.positions();
      t = positions[between(positions, t).near];
    }
    this.on.release(t);
  }

  hover(t) {
    this.tip.hidden = t === null;
    if (t === null) return;
    const positions = this.positions();
    const { near } = between(positions, t);
    const value = this.index.epochs[near].scores[this.score];
    const words = [`epoch ${epochName(positions[near])}`, this.phase(near)];
    if (typeof value === "number") words.push(`${this.score} ${value.toPrecision(3)}`);
    this.tip.textContent = words.join(" · ");
    this.tip.style.left = `${Math.min(this.width - 130, Math.max(0, this.x(positions[near]) - 60))}px`;
  }
}
