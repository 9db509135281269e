import { newKey, send } from "./api.js";
import { announce, byId, element, showState, write } from "./dom.js";

const pageSize = 12;
const longestText = 2000;
const longestAuthor = 64;

const list = byId("messages");
const state = byId("wall-state");
const older = byId("older");
const form = byId("composer");
const author = byId("author");
const text = byId("text");

const cards = new Map();
const ago = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
let next = null;
let timer;
let pause = 1000;

// ---- the list

/** Reads the newest page and puts it together with what is shown. */
export async function readWall() {
  clearTimeout(timer);
  try {
    const page = await readPage(null);
    const known = cards.size > 0;
    forgetDeleted(page);
    page.items.toReversed().forEach(message => addMessage(message));
    if (!known) {
      next = page.next;
    }
    pause = 1000;
    showList();
  } catch (error) {
    showState(state, error.status === 0
      ? "You are offline, or the gateway is. The wall comes back by itself."
      : "The wall cannot be read right now. It is asked again by itself.");
    state.dataset.kind = "error";
    timer = setTimeout(readWall, pause);
    pause = Math.min(pause * 2, 8000);
  }
}

/** Takes away what the newest page would hold if it still existed. */
function forgetDeleted({ items, next: more }) {
  const ids = new Set(items.map(({ id }) => id));
  const oldest = more ? Math.min(...items.map(({ createdAt }) => Date.parse(createdAt))) : -Infinity;
  for (const [id, { at }] of cards) {
    if (at > oldest && !ids.has(id)) {
      removeMessage({ id });
    }
  }
}

async function readPage(after) {
  const query = new URLSearchParams({ limit: pageSize });
  if (after) {
    query.set("after", after);
  }
  const { response } = await send(`/api/messages?${query}`);
  return response.json();
}

function showList() {
  state.dataset.kind = "";
  showState(state, cards.size === 0 ? "Nobody has written yet. The first word is yours." : null);
  older.hidden = next === null || next === undefined;
}

older.addEventListener("click", async () => {
  older.disabled = true;
  try {
    const page = await readPage(next);
    next = page.next;
    page.items.forEach(message => addMessage(message));
    showList();
  } catch {
    showState(state, "Older messages cannot be read right now. Try again.");
  } finally {
    older.disabled = false;
  }
});

/** Shows a message in its place, newest first; a known one stays as it is. */
export function addMessage(message, isNew = false) {
  if (cards.has(message.id)) {
    return;
  }

  const time = element("time", { datetime: message.createdAt, title: new Date(message.createdAt).toLocaleString("en") });
  const card = element("li", { class: isNew ? "card card-new" : "card", "data-id": message.id },
    element("p", { class: "card-text" }, message.text),
    element("p", { class: "card-foot" }, element("span", { class: "card-author" }, message.author), time));
  if (tokens.get(message.id)) {
    card.lastElementChild.append(deleteButton(message));
  }
  cards.set(message.id, { card, time, at: Date.parse(message.createdAt) });
  const after = [...list.children].find(other => cards.get(other.dataset.id).at < Date.parse(message.createdAt));
  list.insertBefore(card, after ?? null);
  tick(time);
  showList();
}

export function removeMessage({ id }) {
  cards.get(id)?.card.remove();
  cards.delete(id);
  showList();
}

function tick(time) {
  const seconds = Math.round((Date.parse(time.dateTime) - Date.now()) / 1000);
  const size = Math.abs(seconds);
  write(time, size < 45 ? "just now"
    : size < 2700 ? ago.format(Math.round(seconds / 60), "minute")
    : size < 79200 ? ago.format(Math.round(seconds / 3600), "hour")
    : ago.format(Math.round(seconds / 86400), "day"));
}

setInterval(() => cards.forEach(({ time }) => tick(time)), 20000);

// ---- deleting one's own

/** The tokens that allow deleting: whoever posted from this browser holds them. */
const tokens = {
  all() {
    try {
      return JSON.parse(localStorage.getItem("softy.tokens")) ?? {};
    } catch {
      return {};
    }
  },
  get(id) {
    return this.all()[id];
  },
  set(id, token) {
    const all = this.all();
    if (token) {
      all[id] = token;
    } else {
      delete all[id];
    }
    try {
      localStorage.setItem("softy.tokens", JSON.stringify(all));
    } catch { /* Without storage the message stays, and cannot be deleted from here. */ }
  },
};

function deleteButton(message) {
  const button = element("button", { class: "link", type: "button", "aria-label": `Delete your message “${message.text.slice(0, 40)}”` }, "Delete");
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await send(`/api/messages/${encodeURIComponent(message.id)}`, { method: "DELETE", headers: { "X-Owner-Token": tokens.get(message.id) } });
    } catch (error) {
      if (error.status !== 404) {
        button.disabled = false;
        write(button, error.status === 403 ? "Not yours" : "Try again");
        return;
      }
    }
    tokens.set(message.id, null);
    removeMessage(message);
    announce("Message deleted.");
    text.focus();
  });
  return button;
}

// ---- writing

let draft = { key: newKey(), content: "" };

form.addEventListener("submit", async event => {
  event.preventDefault();
  const message = { author: author.value.trim(), text: text.value.trim() };
  if (!showErrors(validate(message))) {
    return;
  }

  // The same words keep their key, so that sending them again after a broken connection never posts twice.
  const content = JSON.stringify(message);
  draft = draft.content === content ? draft : { key: newKey(), content };
  const button = byId("post");
  button.disabled = true;
  write(byId("composer-error"), "");
  try {
    const { response } = await send("/api/messages", { method: "POST", json: message, headers: { "Idempotency-Key": draft.key } });
    const { ownerToken, ...posted } = await response.json();
    tokens.set(posted.id, ownerToken);
    // The stream may have been faster, and did not know whose it is.
    removeMessage(posted);
    addMessage(posted, true);
    draft = { key: newKey(), content: "" };
    text.value = "";
    countDown();
    announce("Message posted.");
    text.focus();
  } catch (error) {
    const named = Object.keys(error.errors).length > 0;
    if (!named || showErrors(lowerCaseKeys(error.errors))) {
      write(byId("composer-error"), error.status === 0 ? "Nothing was reached. Your text is still here; post it again." : `Not posted: ${error.message}`);
    }
  } finally {
    button.disabled = false;
  }
});

function validate(message) {
  const errors = {};
  if (message.author.length === 0) {
    errors.author = ["Say who you are."];
  } else if (message.author.length > longestAuthor) {
    errors.author = [`At most ${longestAuthor} characters.`];
  }
  if (message.text.length === 0) {
    errors.text = ["Write something first."];
  } else if (message.text.length > longestText) {
    errors.text = [`At most ${longestText} characters; this is ${message.text.length}.`];
  }
  return errors;
}

/** Shows each error beside its field and leads to the first; true when there is none. */
function showErrors(errors) {
  const wrong = [];
  for (const field of [author, text]) {
    const message = errors[field.name]?.join(" ") ?? "";
    write(byId(`${field.name}-error`), message);
    if (message) {
      field.setAttribute("aria-invalid", "true");
      wrong.push(field);
    } else {
      field.removeAttribute("aria-invalid");
    }
  }
  wrong[0]?.focus();
  return wrong.length === 0;
}

const lowerCaseKeys = errors => Object.fromEntries(Object.entries(errors).map(([key, value]) => [key.toLowerCase(), value]));

function countDown() {
  const left = longestText - text.value.trim().length;
  write(byId("text-count"), left >= 0 ? `${left} characters left` : `${-left} characters too many`);
  byId("text-count").classList.toggle("over", left < 0);
}

text.addEventListener("input", countDown);
for (const field of [author, text]) {
  field.addEventListener("input", () => {
    write(byId(`${field.name}-error`), "");
    field.removeAttribute("aria-invalid");
  });
}
