const key = "softy.tokens";

/** The tokens that allow deleting: whoever posted from this browser holds them. */
function all() {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}

export const tokenOf = id => all()[id];

/** Keeps a message's token; null forgets it. */
export function keepToken(id, token) {
  const { [id]: _, ...others } = all();
  try {
    localStorage.setItem(key, JSON.stringify(token ? { ...others, [id]: token } : others));
  } catch { /* Without storage the message stays, and cannot be deleted from here. */ }
}

/** Calls back when another window of this browser has kept or forgotten a token. */
export const onTokensChanged = listener => addEventListener("storage", event => event.key === key && listener());
