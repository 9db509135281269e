import { send } from "./api.js";
import { card } from "./card.js";
import { byId, showState } from "./dom.js";
import { onTokensChanged } from "./tokens.js";

const pageSize = 12;
/** After so many arrivals the list is read anew: a page left open must not grow for ever. */
const mostArrivals = 100;
/** How long the stream may take to open before the wall is read without it. */
const longestWait = 2000;

const list = byId("messages");
const state = byId("wall-state");
const older = byId("older");

const cards = new Map();
let next = null;
let arrivals = 0;
/** While a page is being read: what the stream has said meanwhile, which the page may not know. */
let changes = null;
/** The messages that this page has heard of since the stream opened. Unless the stream says so, none is deleted. */
const heard = new Set();
let reads = Promise.resolve();
let isRead = false;
let timer;
let pause = 1000;

/** What to do with the messages of the live stream. The wall is read after it is open, so that nothing falls between. */
export function watchWall() {
  const readUnread = () => isRead || readWall();
  setTimeout(readUnread, longestWait);
  return {
    open: ({ anew }) => anew && readAnew(),
    reset: readAnew,
    lost: readUnread,
    message: message => addMessage(message, true),
    deleted: removeMessage,
  };
}

// ---- reading

/** Reads the wall after a time of which the stream has told nothing: any message may be gone. */
function readAnew() {
  heard.clear();
  return readWall();
}

const inTurn = read => (reads = reads.then(read).finally(() => { changes = null; }));

/** Shows the newest page, and nothing else. */
function readWall() {
  isRead = true;
  return inTurn(async () => {
    clearTimeout(timer);
    try {
      const page = await readPage(null);
      const ids = new Set(page.items.map(({ id }) => id));
      const newest = page.items[0]?.id;
      for (const id of cards.keys()) {
        // The page may have been kept for a moment, and be older than what the stream has brought.
        const isNewerThanPage = heard.has(id) && (newest === undefined || isNewer(id, newest));
        if (!ids.has(id) && !changes.has(id) && !isNewerThanPage) {
          remove(id);
        }
      }
      show(page);
      arrivals = 0;
      pause = 1000;
    } catch (error) {
      showState(state, error.status === 0
        ? "You are offline, or the gateway is. The wall comes back by itself."
        : "The wall cannot be read right now. It is asked again by itself.");
      state.dataset.kind = "error";
      timer = setTimeout(readWall, pause);
      pause = Math.min(pause * 2, 8000);
    }
  });
}

older.addEventListener("click", async () => {
  older.disabled = true;
  await inTurn(async () => {
    try {
      show(await readPage(next));
    } catch {
      showState(state, "Older messages cannot be read right now. Try again.");
    }
  });
  older.disabled = false;
});

async function readPage(after) {
  changes = new Map();
  const query = new URLSearchParams({ limit: pageSize });
  if (after) {
    query.set("after", after);
  }
  const { response } = await send(`/api/messages?${query}`);
  return response.json();
}

function show(page) {
  page.items.filter(({ id }) => changes.get(id) !== "deleted").forEach(message => add(message, false));
  next = page.next;
  showList();
}

function showList() {
  state.dataset.kind = "";
  showState(state, cards.size === 0 ? "Nobody has written yet. The first word is yours." : null);
  older.hidden = next === null || next === undefined;
}

// ---- one message

/** Shows a message that was just written. */
export function addMessage(message, isNew = false) {
  changes?.set(message.id, "added");
  heard.add(message.id);
  if (!add(message, isNew)) {
    return;
  }

  showList();
  arrivals++;
  if (arrivals % mostArrivals === 0) {
    readWall();
  }
  if (arrivals > 2 * mostArrivals) {
    // Reading fails; it is tried until it does not, and shows then what is missing.
    remove(list.lastElementChild.dataset.id);
  }
}

export function removeMessage({ id }) {
  changes?.set(id, "deleted");
  remove(id);
  showList();
}

/** Puts a message in its place, newest first; a known one stays as it is. */
function add(message, isNew) {
  const known = cards.get(message.id);
  if (known) {
    known.offerDeletion();
    return false;
  }

  const made = card(message, isNew, () => removeMessage(message));
  cards.set(message.id, made);
  list.insertBefore(made.root, [...list.children].find(other => isNewer(message.id, other.dataset.id)) ?? null);
  made.placed();
  return true;
}

function remove(id) {
  cards.get(id)?.root.remove();
  cards.delete(id);
  heard.delete(id);
}

/** Ids are numbers that grow, beyond what a JavaScript number holds exactly. Clocks may be set back; ids are not. */
const isNewer = (id, other) => id.length === other.length ? id > other : id.length > other.length;

setInterval(() => cards.forEach(({ tick }) => tick()), 20000);
onTokensChanged(() => cards.forEach(({ offerDeletion }) => offerDeletion()));
