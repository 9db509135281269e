import { join } from "./hub.js";

const listeners = new Map();
const hub = import.meta.resolve("./hub.js");
let port;

/**
 * Calls back with the events of a stream, by type. "open" says that from now on every event arrives, and whether what
 * was before it has to be read anew; "lost" says that for a while none arrives.
 */
export const listen = (stream, handlers) => listeners.set(stream, handlers);

/** Begins to listen, together with the browser's other windows where that is possible. */
export function openStreams() {
  if (!openShared()) {
    openOwn();
  }
  document.addEventListener("visibilitychange", tellState);
  addEventListener("pagehide", () => port.postMessage("left"));
  addEventListener("pageshow", event => event.persisted && tellState());
}

function openShared() {
  try {
    const policy = globalThis.trustedTypes?.createPolicy("softy-hub", { createScriptURL: () => hub });
    const worker = new SharedWorker(policy ? policy.createScriptURL("") : hub, { type: "module" });
    worker.addEventListener("error", openOwn, { once: true });
    use(worker.port);
    return true;
  } catch {
    return false;
  }
}

function openOwn() {
  const { port1, port2 } = new MessageChannel();
  join(port1);
  use(port2);
}

function use(newPort) {
  port = newPort;
  port.onmessage = ({ data: { stream, type, data } }) => listeners.get(stream)?.[type]?.(data);
  tellState();
}

function tellState() {
  port.postMessage(document.hidden ? "hidden" : "shown");
}
