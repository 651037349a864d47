// Small pieces of page: elements, numbers as text, the colors of the theme.

/** An element with properties and children; text always goes in as text, never as markup. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && name !== "list" && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export function svg(tag, props = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(props)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export const count = (value) => Math.round(value).toLocaleString("en-US");
/** A share with one decimal, ties upwards: by whole numbers, as the pages beside do it. */
export const percent = (hits, total) => (total ? `${(Math.floor((2000 * hits + total) / (2 * total)) / 10).toFixed(1)} %` : "–");
export const number = (value, digits = 3) => (value === null || value === undefined || !Number.isFinite(value) ? "–" : Number(value.toPrecision(digits)).toString());

/** An epoch's position as people say it: 12, or 12.4 inside an epoch. */
export const epochName = (position) => (Number.isInteger(position) ? String(position) : position.toFixed(2));

/** Colors of the Streamlit theme as numbers; dark is told from the background's luminance. */
export function readTheme(host) {
  const style = getComputedStyle(host);
  const read = (name, fallback) => style.getPropertyValue(`--st-${name}`).trim() || fallback;
  const background = toRgb(read("background-color", "#ffffff"));
  const text = read("text-color", "#262730");
  const luminance = (0.2126 * background[0] + 0.7152 * background[1] + 0.0722 * background[2]) / 255;
  return { background, text, dark: luminance < 0.5, primary: read("primary-color", "#ff4b4b") };
}

function toRgb(color) {
  const pen = document.createElement("canvas").getContext("2d");
  pen.fillStyle = color;
  pen.fillRect(0, 0, 1, 1);
  return [...pen.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

/** Call at most once in a frame. */
export function perFrame(work) {
  let due = 0;
  return () => {
    if (due) return;
    due = requestAnimationFrame(() => { due = 0; work(); });
  };
}

export function later(work, wait) {
  let timer = 0;
  const start = (...args) => { clearTimeout(timer); timer = setTimeout(() => work(...args), wait); };
  start.cancel = () => clearTimeout(timer);
  return start;
}

/** Call at once, then at most once every `wait`; what came meanwhile is done at the end. */
export function atMost(work, wait) {
  let last = -Infinity;
  let timer = 0;
  return () => {
    clearTimeout(timer);
    const rest = last + wait - performance.now();
    const run = () => { last = performance.now(); work(); };
    if (rest <= 0) run();
    else timer = setTimeout(run, rest);
  };
}
