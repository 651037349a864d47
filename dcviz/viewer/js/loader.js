// What Streamlit starts. It fetches the viewer's modules from our own routes; without routes it asks Python
// to carry everything over the websocket (then CARRIED holds the modules).

/** Give every carried module a blob address, imports first, so that `import "./x.js"` finds it. */
function blobAddresses(carried) {
  const made = {};
  const make = (name) => {
    if (made[name]) return made[name];
    const text = carried[name].replace(/(from\s+|import\s+)"\.\/([a-z0-9]+\.js)"/g, (_, word, other) => `${word}"${make(other)}"`);
    made[name] = URL.createObjectURL(new Blob([text], { type: name.endsWith(".css") ? "text/css" : "text/javascript" }));
    return made[name];
  };
  Object.keys(carried).forEach(make);
  return made;
}

/** Options as JSON (HTTP) or from the head of the bytes (websocket), with the answers that came along. */
function readData(data) {
  if (!(data instanceof Uint8Array)) return { told: data, parts: [] };
  const length = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + length)));
  const body = 4 + length;
  const parts = head.parts.map((part) => ({
    ...part, body: data.slice(body + part.offset, body + part.offset + part.length).buffer,
  }));
  return { told: head, parts };
}

/** The viewer's first module. Without routes Streamlit answers any address with its page: ask before importing. */
async function firstModule(address, carried) {
  if (!carried) {
    const answer = await fetch(address);
    if (!answer.headers.get("content-type")?.startsWith("text/javascript")) throw new Error("no routes");
  }
  return import(address);
}

async function start(args) {
  const { told, parts } = args.told ? args : readData(args.data), place = args.parentElement;
  // Loading takes time; a call that a newer one has overtaken leaves the place, and its answers, to that one.
  const turn = (place.dcvizTurn = (place.dcvizTurn ?? 0) + 1);
  (place.dcvizParts ??= []).push(...parts);
  const shared = (globalThis.dcvizViewer ??= { modules: new Map() });
  const where = CARRIED ? "carried" : told.digest;
  if (!shared.modules.has(where)) {
    const addresses = CARRIED ? blobAddresses(CARRIED) : null;
    const address = (name) => (addresses ? addresses[name] : new URL(`${told.base}js/${told.digest}/${name}`, location.origin).href);
    shared.modules.set(where, firstModule(address("viewer.js"), CARRIED).then((module) => ({ module, address })));
  }
  let loaded;
  try {
    loaded = await shared.modules.get(where);
  } catch (error) {
    shared.modules.delete(where);
    if (!CARRIED) args.setStateValue("transport", "socket");
    else throw error;
    return undefined;
  }
  return loaded.module.mount({ ...args, told, turn, carried: Boolean(CARRIED), address: loaded.address });
}

export default start;
