const key = "softy.tokens";

/** Reads the owner tokens of the messages that were posted from this browser. */
function readTokens() {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}

export const tokenOf = id => readTokens()[id];

/** Stores the token of a message; null removes it. */
export function setToken(id, token) {
  const { [id]: _, ...others } = readTokens();
  try {
    localStorage.setItem(key, JSON.stringify(token ? { ...others, [id]: token } : others));
  } catch {
    // Without storage the message cannot be deleted from this browser.
  }
}

/** Calls back when another window of this browser has stored or removed a token. */
export const onTokensChanged = listener => addEventListener("storage", event => event.key === key && listener());
