// What all viewers of a page share: one worker with one WebGL context, and the groups of linked viewers.

import { Engine } from "./engine.js";

/** The page's engine; made once, kept across reruns of the script and for every viewer on the page. */
export function sharedEngine({ base, carried, address, renderer }) {
  const root = (globalThis.dcvizViewer ??= { modules: new Map() });
  root.engines ??= new Map();
  root.viewers ??= new Map();
  root.groups ??= new Map();
  const name = `${carried} ${renderer}`;
  if (!root.engines.has(name)) root.engines.set(name, start({ base, carried, address, renderer }));
  return root.engines.get(name);
}

function start({ base, carried, address, renderer }) {
  const receive = (message) => globalThis.dcvizViewer.viewers.get(message.viewer)?.receive(message);
  const hello = { type: "hello", base: new URL(base, location.origin).href, socket: carried, renderer };
  const link = typeof Worker === "function" && typeof OffscreenCanvas === "function" ? inWorker(address, receive) : inPage(receive);
  link.post(hello);
  return link;
}

function inWorker(address, receive) {
  const worker = new Worker(address("worker.js"), { type: "module", name: "dcviz-viewer" });
  let asker = null;
  worker.onmessage = (event) => (event.data.type === "ask" ? asker?.(event.data.address) : receive(event.data));
  return { post: (message, transfer = []) => worker.postMessage(message, transfer), onAsk: (ask) => { asker = ask; }, kind: "worker" };
}

/** Browsers without OffscreenCanvas in workers: the same engine on the page's own thread, on a plain canvas. */
function inPage(receive) {
  let asker = null;
  globalThis.OffscreenCanvas ??= function OffscreenCanvas(width, height) {
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.transferToImageBitmap = () => canvas;
    return canvas;
  };
  const engine = new Engine((message) => (message.type === "ask" ? asker?.(message.address) : receive(message)));
  return { post: (message) => engine.receive(message), onAsk: (ask) => { asker = ask; }, kind: "page" };
}
