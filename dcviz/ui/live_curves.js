// Curves that draw themselves while the viewers play: they end at the cursor ("dcviz:cursor"), so that
// nothing is given away before its epoch. Values are those of stored epochs; nothing is interpolated.

const NS = "http://www.w3.org/2000/svg", WIDE = 320, HIGH = 120, LEFT = 34, BOTTOM = 18, TOP = 8, RIGHT = 8;

function svg(name, attributes = {}, text = "") {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

class Curves {
  constructor(root) {
    this.root = root;
    this.heard = ({ detail }) => { if (this.data?.runs.includes(detail.run)) this.follow(detail.epoch); };
    document.addEventListener("dcviz:cursor", this.heard);
  }

  show({ play, seen, ...data }) {
    if (seen) document.cookie = `${seen}; max-age=31536000; path=/; SameSite=Lax`;
    if (play && play !== this.played) this.playOn(data.group);
    this.played = play;
    const text = JSON.stringify(data);
    if (text === this.text) return;
    this.text = text;
    this.data = data;
    this.epoch ??= data.epoch;
    this.panels = data.panels.map((panel) => this.panel(panel));
    this.said = document.createElement("p");
    this.said.className = "lc-said";
    this.said.setAttribute("aria-live", "polite");
    this.root.replaceChildren(this.legend(), ...this.panels.map((panel) => panel.figure), this.said);
    this.follow(this.epoch);
  }

  /** Let the group's pictures play on at half speed; whoever asked for less motion presses play alone. */
  playOn(group) {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    for (const viewer of globalThis.dcvizViewer?.viewers?.values() ?? []) {
      if (viewer.groupName !== group || !viewer.options.controls.includes("play")) continue;
      viewer.player.speed = 0.5;
      if (!viewer.player.playing) viewer.toggle();
    }
  }

  legend() {
    const list = document.createElement("p");
    list.className = "lc-legend";
    this.data.panels[0].lines.forEach((line) => {
      const key = svg("svg", { width: 28, height: 8, "aria-hidden": "true" });
      key.append(svg("line", { x1: 0, x2: 28, y1: 4, y2: 4, stroke: line.color, "stroke-width": 3, "stroke-dasharray": line.dash }));
      const item = document.createElement("span");
      item.append(key, ` ${line.name}`);
      list.append(item);
    });
    return list;
  }

  /** One pair of axes with all its lines, hidden behind a clip that the cursor opens. */
  panel({ title, lines, low, high }) {
    const { from, to, switch: flag } = this.data;
    const x = (epoch) => LEFT + ((epoch - from) / (to - from)) * (WIDE - LEFT - RIGHT);
    const y = (value) => TOP + (1 - (value - low) / (high - low || 1)) * (HIGH - TOP - BOTTOM);
    const drawing = svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", class: "lc-panel" });
    const clip = svg("rect", { x: 0, y: 0, height: HIGH, width: 0 }), name = `lc${Math.random().toString(36).slice(2)}`;
    const hole = svg("clipPath", { id: name });
    hole.append(clip);
    const body = svg("g", { "clip-path": `url(#${name})` });
    for (const line of lines) body.append(svg("polyline", { points: line.x.map((e, i) => `${x(e).toFixed(1)},${y(line.y[i]).toFixed(1)}`).join(" "), fill: "none", stroke: line.color, "stroke-width": 2.5, "stroke-dasharray": line.dash }));
    const cursor = svg("line", { y1: TOP, y2: HIGH - BOTTOM, class: "lc-cursor" });
    drawing.append(
      hole, svg("line", { x1: LEFT, x2: WIDE - RIGHT, y1: HIGH - BOTTOM, y2: HIGH - BOTTOM, class: "lc-axis" }), svg("line", { x1: LEFT, x2: LEFT, y1: TOP, y2: HIGH - BOTTOM, class: "lc-axis" }),
      svg("line", { x1: x(flag), x2: x(flag), y1: TOP, y2: HIGH - BOTTOM, class: "lc-flag" }), body, cursor,
      svg("text", { x: LEFT - 4, y: TOP + 8, class: "lc-end" }, high.toFixed(1)), svg("text", { x: LEFT - 4, y: HIGH - BOTTOM, class: "lc-end" }, low.toFixed(1)),
      svg("text", { x: x(flag), y: HIGH - 4, class: "lc-mid" }, `switch ${flag}`), svg("text", { x: WIDE - RIGHT, y: HIGH - 4, class: "lc-end" }, to),
    );
    const figure = document.createElement("figure"), caption = document.createElement("figcaption");
    figure.append(caption, drawing);
    return { figure, caption, drawing, clip, cursor, x, lines, title };
  }

  follow(epoch) {
    this.epoch = epoch;
    if (!this.data) return;
    const told = this.panels.map((panel) => {
      const at = panel.x(Math.max(this.data.from, Math.min(this.data.to, epoch)));
      panel.clip.setAttribute("width", at);
      for (const end of ["x1", "x2"]) panel.cursor.setAttribute(end, at);
      const values = panel.lines.map((line) => {
        const last = line.x.filter((each) => each <= epoch + 1e-6).length - 1;
        return `${line.name} ${last < 0 ? "–" : line.y[last].toFixed(2)}`;
      });
      panel.caption.textContent = `${panel.title}: ${values.join(" · ")}`;
      return panel.caption.textContent;
    });
    this.panels.forEach((panel, i) => panel.drawing.setAttribute("aria-label", told[i]));
    clearTimeout(this.soon);
    this.soon = setTimeout(() => { this.said.textContent = `Epoch ${Math.round(epoch)}.`; }, 1000);
  }

  close() {
    clearTimeout(this.soon);
    document.removeEventListener("dcviz:cursor", this.heard);
  }
}

export default function show({ data, parentElement }) {
  const root = parentElement.querySelector(".lc-root");
  const curves = (root.liveCurves ??= new Curves(root));
  curves.show(data);
  const turn = (root.turn = (root.turn ?? 0) + 1);
  return () => {
    if (root.turn !== turn) return; // Streamlit also ends calls that a newer one has overtaken
    curves.close();
    delete root.liveCurves;
    root.replaceChildren();
  };
}
