// Where one looks: the excerpt of the plane, kept when the stage changes its size, shared by linked viewers.

import { around, fit, homeExtent, panelCamera, panelsOf, toLatent } from "./layout.js";

/** Room for the name below a picture. */
const NAME = 26;

/** Camera that shows a box above the name. */
function above(extent, width, height) {
  const camera = fit(extent, width, Math.max(height - NAME, NAME));
  return { ...camera, y: camera.y - NAME / 2 / camera.zoom };
}

export class Camera {
  constructor(viewer) {
    this.viewer = viewer;
  }

  /** The camera of one panel: of the inputs their own, in small multiples the same excerpt smaller. */
  panelCamera(panel) {
    const { state } = this.viewer;
    if (panel.kind === "input") return state.inputCamera ?? state.camera;
    return panel.at === undefined && !state.beside ? state.camera : panelCamera(state.camera, panel.rect, state.width, state.height);
  }

  /** The box of all epochs; runs that began as one are seen in the box of them all, so that size means size. */
  box() {
    const { group, index, options } = this.viewer;
    if (!options.same_box || !group) return homeExtent(index);
    return around([...group].filter((other) => other.index && other.options.same_box).map((other) => homeExtent(other.index)));
  }

  /** The camera that shows all epochs in every panel of the present layout; null before there is anything to see. */
  everything() {
    const { index, state } = this.viewer;
    if (!index || !state.width) return null;
    const box = this.box(), camera = fit(box, state.width, state.height);
    const panels = panelsOf(state, index.epochs);
    if (panels.length > 1) {
      // The camera is that of the whole stage; each panel shows it smaller, and there it shall fit.
      const { rect } = panels.at(-1);
      // Names stay off the points; beside its inputs a run keeps the middle that it shares with linked ones.
      const inside = state.story?.length ? above(box, 0.9 * rect[2], rect[3]) : fit(box, rect[2], rect[3], 0.84);
      camera.y = inside.y;
      camera.zoom = inside.zoom / Math.min(rect[2] / state.width, rect[3] / state.height);
    }
    return camera;
  }

  /** Look at all epochs; in two panels each at its own. Asked for by hand, linked viewers do the same. */
  home(user = true) {
    const camera = this.everything();
    if (!camera) return;
    const { state, index, inputIndex } = this.viewer;
    const [first] = panelsOf(state, index.epochs);
    if (inputIndex && first.kind === "input") state.inputCamera = above(homeExtent(inputIndex), first.rect[2], first.rect[3]);
    this.viewer.atHome = true;
    this.viewer.set({ camera, homeZoom: camera.zoom });
    if (!user) return;
    this.viewer.points.hideCard();
    this.viewer.group?.forEach((other) => { if (other !== this.viewer) other.camera.home(false); });
  }

  /** The box has grown or shrunk with a run beside this one: who is at home stays there. */
  boxChanged() {
    this.viewer.group?.forEach((other) => { if (other !== this.viewer && other.options.same_box && other.atHome) other.camera.home(false); });
  }

  fitEpoch() {
    if (!this.viewer.index) return;
    const { key } = this.viewer.index.epochs[this.viewer.near];
    this.viewer.atHome = false;
    this.viewer.set({ camera: fit(homeExtent(this.viewer.index, key), this.viewer.state.width, this.viewer.state.height) });
    this.viewer.commitSoon();
  }

  panBy(dx, dy, panel) {
    const { camera, inputCamera } = this.viewer.state;
    this.viewer.atHome = false;
    if (panel?.kind === "input" && inputCamera) this.viewer.set({ inputCamera: { ...inputCamera, x: inputCamera.x + dx / inputCamera.zoom, y: inputCamera.y - dy / inputCamera.zoom } });
    else {
      const zoom = panel ? this.panelCamera(panel).zoom : camera.zoom;
      this.viewer.set({ camera: { ...camera, x: camera.x + dx / zoom, y: camera.y - dy / zoom } });
    }
    this.viewer.points.hideCard();
    this.shareCamera();
  }

  zoomAt(ratio, { x, y }, panel) {
    const camera = this.panelCamera(panel);
    const [lx, ly] = toLatent(camera, panel.rect, x, y);
    const own = panel.kind === "input" && this.viewer.state.inputCamera ? "inputCamera" : "camera";
    const before = this.viewer.state[own];
    const held = Math.min(1e9, Math.max(1e-9, before.zoom * ratio));
    const k = before.zoom / held;
    this.viewer.atHome = false;
    this.viewer.set({ [own]: { x: lx + (before.x - lx) * k, y: ly + (before.y - ly) * k, zoom: held } });
    this.viewer.points.hideCard();
    this.shareCamera();
  }

  zoomBy(ratio) {
    const { width, height } = this.viewer.state;
    this.zoomAt(ratio, { x: width / 2, y: height / 2 }, { kind: "latent", rect: [0, 0, width, height] });
  }

  /** Middle and zoom against the view of everything, for an address; null while everything is in view. */
  get place() {
    const { index, atHome, state } = this.viewer;
    if (!index || atHome || state.beside || !state.width) return null;
    const { x, y, zoom } = state.camera;
    return [x, y, zoom / fit(homeExtent(index), state.width, state.height).zoom];
  }

  /** Look where an address says, once the stage has a size and the plane is there. */
  restore() {
    const { viewer } = this;
    const { index, state } = viewer;
    if (!viewer.placeWanted || !index || !state.width) return;
    const [x, y, ratio] = viewer.placeWanted;
    viewer.placeWanted = null;
    viewer.atHome = false;
    viewer.set({ camera: { x, y, zoom: ratio * fit(homeExtent(index), state.width, state.height).zoom } });
  }

  shareCamera() {
    // The address follows where the page keeps the whole view in it.
    if (this.viewer.options.controls.includes("projection")) this.viewer.commitSoon();
    const seen = this.relative();
    if (seen) this.viewer.group?.forEach((other) => { if (other !== this.viewer) other.camera.take(seen); });
  }

  /** Where one looks against the view of everything: shift in shares of the stage, zoom as a ratio. */
  relative() {
    const all = this.everything();
    if (!all) return null;
    const { camera, width, height } = this.viewer.state;
    const share = all.zoom / Math.min(width, height);
    return { x: (camera.x - all.x) * share, y: (camera.y - all.y) * share, zoom: camera.zoom / all.zoom };
  }

  /**
   * Look as a linked viewer does. Runs have units of their own, so what is shared is the excerpt: the same part
   * of each one's whole picture; of one run that is the same part of its latents, whatever the stages' sizes.
   */
  take({ x, y, zoom }) {
    const all = this.everything();
    if (!all) return;
    const { width, height } = this.viewer.state;
    const share = all.zoom / Math.min(width, height);
    this.viewer.atHome = false;
    this.viewer.points.hideCard();
    this.viewer.set({ camera: { x: all.x + x / share, y: all.y + y / share, zoom: zoom * all.zoom } }, true);
  }
}
