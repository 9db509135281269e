import { connectWindow } from "./hub.js";

const listeners = new Map();
const hub = import.meta.resolve("./hub.js");
let port;

/**
 * Registers handlers for the events of a stream, by type. "open" means that all events arrive from now on, and has
 * whether earlier ones may be missing. "lost" means that no events arrive until the next "open".
 */
export const listen = (stream, handlers) => listeners.set(stream, handlers);

/** Opens the streams, shared with the browser's other windows where the browser supports it. */
export function openStreams() {
  if (!openInWorker()) {
    openInWindow();
  }
  document.addEventListener("visibilitychange", sendVisibility);
  addEventListener("pagehide", () => port.postMessage("left"));
  addEventListener("pageshow", event => event.persisted && sendVisibility());
}

function openInWorker() {
  try {
    const policy = globalThis.trustedTypes?.createPolicy("softy-hub", { createScriptURL: () => hub });
    const worker = new SharedWorker(policy ? policy.createScriptURL("") : hub, { type: "module" });
    worker.addEventListener("error", openInWindow, { once: true });
    usePort(worker.port);
    return true;
  } catch {
    return false;
  }
}

function openInWindow() {
  const { port1, port2 } = new MessageChannel();
  connectWindow(port1);
  usePort(port2);
}

function usePort(newPort) {
  port = newPort;
  port.onmessage = ({ data: { stream, type, data } }) => listeners.get(stream)?.[type]?.(data);
  sendVisibility();
}

function sendVisibility() {
  port.postMessage(document.hidden ? "hidden" : "shown");
}
