/** What the gateway or a replica answered when it was not a success. Status 0: nothing answered at all. */
export class RequestError extends Error {
  constructor(status, problem, isRefused = false) {
    super(problem?.detail ?? problem?.title ?? (status ? `Status ${status}` : "No answer"));
    this.status = status;
    this.errors = problem?.errors ?? {};
    /** Whether it is certain that nothing was done. After a broken connection, say, nobody knows. */
    this.isRefused = isRefused;
  }
}

const listeners = new Set();

/** Calls back with the outcome of every request that this page makes of the API. */
export const onRequest = listener => listeners.add(listener);

/** Sends a request through the gateway; resolves with who answered, how long it took, and the response. */
export async function send(path, { method = "GET", headers = {}, json, timeout = 15000 } = {}) {
  const started = performance.now();
  let response;
  try {
    response = await fetch(path, {
      method,
      cache: "no-store",
      headers: json === undefined ? headers : { "Content-Type": "application/json", ...headers },
      body: json === undefined ? undefined : JSON.stringify(json),
      signal: AbortSignal.timeout(timeout),
    });
  } catch {
    tell({ instance: null, ok: false });
    throw new RequestError(0);
  }

  const instance = response.headers.get("X-Softy-Instance");
  tell({ instance: response.status < 500 ? instance : null, ok: response.status < 500 });
  if (!response.ok) {
    const isRefused = response.status < 500 || response.headers.has("Retry-After");
    throw new RequestError(response.status, await response.json().catch(() => undefined), isRefused);
  }

  return { response, instance, milliseconds: performance.now() - started };
}

function tell(outcome) {
  for (const listener of listeners) {
    listener(outcome);
  }
}

/** A random key. randomUUID exists on secure origins only, and a projector's laptop is often reached by plain HTTP. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, "0")).join("");
}
