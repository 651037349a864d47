// Start of the worker: one engine, one message at a time.

import { Engine } from "./engine.js";

const engine = new Engine((message, transfer = []) => postMessage(message, transfer));
onmessage = (event) => engine.receive(event.data);
