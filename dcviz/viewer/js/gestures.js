// Hands on the picture: turn the wheel, drag, pinch, hover, draw a lasso or a box.

import { svg } from "./dom.js";
import { panelsOf, toLatent } from "./layout.js";

const DWELL = 125;
const RADIUS = 14;

export class Gestures {
  /** `viewer` gives camera, panels and tool; it hears hover, dwell, lasso and camera moves. */
  constructor(viewer, stage, overlay) {
    Object.assign(this, { viewer, stage, overlay, pointers: new Map(), path: null });
    stage.addEventListener("pointerdown", (event) => this.down(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    stage.addEventListener("pointerup", (event) => this.up(event));
    stage.addEventListener("pointercancel", (event) => this.up(event));
    stage.addEventListener("pointerleave", () => this.leave());
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    stage.addEventListener("dblclick", () => viewer.camera.home());
  }

  /** Place inside the stage, the panel there, and the latent coordinates under it. */
  where(event) {
    const box = this.stage.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const { state } = this.viewer;
    const panels = panelsOf(state, this.viewer.index?.epochs);
    const inside = ([left, top, width, height]) => x >= left && x <= left + width && y >= top && y <= top + height;
    const panel = panels.find((one) => inside(one.rect)) ?? panels[0];
    const camera = this.viewer.camera.panelCamera(panel);
    return { x, y, panel, camera, latent: toLatent(camera, panel.rect, x, y) };
  }

  down(event) {
    if (event.button || event.target.closest(".dv-card, .dv-legend, .dv-handles, .dv-dialog")) return;
    const at = this.where(event);
    this.stage.setPointerCapture?.(event.pointerId);
    this.pointers.set(event.pointerId, at);
    this.panel = at.panel;
    this.moved = 0;
    const drawing = this.viewer.tool !== "pan" || event.shiftKey || event.altKey;
    if (this.pointers.size === 1 && drawing) {
      this.how = event.altKey ? "remove" : event.shiftKey ? "add" : "replace";
      this.path = [[at.x, at.y]];
      this.boxed = this.viewer.tool === "box";
    }
    this.viewer.focusStage();
    event.preventDefault();
  }

  move(event) {
    const at = this.where(event);
    const before = this.pointers.get(event.pointerId);
    if (!before) return this.hover(at);
    this.moved += Math.abs(at.x - before.x) + Math.abs(at.y - before.y);
    if (this.path) this.extend(at);
    else if (this.pointers.size === 2) this.pinch(event, at);
    else this.viewer.camera.panBy(before.x - at.x, before.y - at.y, this.panel);
    this.pointers.set(event.pointerId, at);
    return undefined;
  }

  up(event) {
    const at = this.pointers.get(event.pointerId);
    this.pointers.delete(event.pointerId);
    if (!at) return;
    if (this.path) this.close();
    else if (this.moved < 5) this.viewer.points.click(at, event);
  }

  leave() {
    clearTimeout(this.dwell);
    this.viewer.points.hovered(-1, null);
  }

  hover(at) {
    clearTimeout(this.dwell);
    this.viewer.points.pick(at, RADIUS / at.camera.zoom, "hover");
    this.dwell = setTimeout(() => this.viewer.points.dwelled(), DWELL);
  }

  extend(at) {
    if (this.boxed) this.path = [this.path[0], [at.x, at.y]];
    else if (this.moved > 3 && this.path.length < 4000) this.path.push([at.x, at.y]);
    const corners = this.boxed ? boxOf(this.path) : this.path;
    this.overlay.querySelector(".dv-lasso")?.remove();
    this.overlay.append(svg("polygon", { class: "dv-lasso", points: corners.map((corner) => corner.join(",")).join(" ") }));
  }

  close() {
    const corners = this.boxed ? boxOf(this.path) : this.path;
    this.path = null;
    this.overlay.querySelector(".dv-lasso")?.remove();
    const camera = this.viewer.camera.panelCamera(this.panel);
    if (corners.length < 3) { this.viewer.points.clearSelection(); return; }
    const polygon = corners.flatMap(([x, y]) => toLatent(camera, this.panel.rect, x, y));
    this.viewer.points.lasso(polygon, this.how, this.panel);
  }

  pinch(event, at) {
    const [other] = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    const before = this.pointers.get(event.pointerId);
    const ratio = Math.hypot(at.x - other.x, at.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
    // What lies between the fingers stays between them: two fingers moved alike carry the picture along.
    this.viewer.camera.zoomAt(ratio, { x: (before.x + other.x) / 2, y: (before.y + other.y) / 2 }, this.panel);
    this.viewer.camera.panBy((before.x - at.x) / 2, (before.y - at.y) / 2, this.panel);
  }

  wheel(event) {
    event.preventDefault();
    const at = this.where(event);
    this.viewer.camera.zoomAt(Math.exp(-event.deltaY * (event.deltaMode ? 0.03 : 0.0015)), at, at.panel);
  }
}

function boxOf([from, to]) {
  return to ? [from, [to[0], from[1]], to, [from[0], to[1]]] : [from];
}
