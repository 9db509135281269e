import { send } from "./api.js";
import { createCard } from "./card.js";
import { byId, showError, showState } from "./dom.js";
import { onTokensChanged } from "./tokens.js";

const pageSize = 12;
/** How many deleted messages the page remembers. Cached pages are out of date for a second at most. */
const maxDeleted = 1000;
/** After so many new messages the list is reloaded, so that an open page does not grow forever. */
const maxNewMessages = 100;
/** How long the wall waits for the stream to open before it is read without it. */
const maxStreamWait = 2000;

const list = byId("messages");
const state = byId("wall-state");
const older = byId("older");

const cards = new Map();
/** Where the next page starts: null after the last one, undefined before the first. */
let next;
/** The oldest message of the pages that were read, if there are older ones. "Show older" brings what comes after it. */
let oldest;
let newMessages = 0;
/** The messages that the stream brings while a page is being read. The page may not have them. */
let arrivals = null;
/** The latest deleted messages. A replica may serve a page from its cache that still has them. */
const deleted = new Set();
/** The messages that the stream has brought without a gap: none is deleted unless the stream says so. */
const heard = new Set();
let reads = Promise.resolve();
let isRead = false;
/** Why the wall cannot be read; null if it was read. */
let problem = null;
let isCutOff = false;
let timer;
let pause = 1000;

/** The handlers for messages of the live stream. The wall is read after it is open, so that none is missed. */
export function watchWall() {
  const readUnread = () => isRead || readWall();
  setTimeout(readUnread, maxStreamWait);
  return {
    open: ({ missedEvents }) => {
      setCutOff(false);
      if (missedEvents) {
        readAfterGap();
      }
    },
    reset: readAfterGap,
    lost: readUnread,
    outage: () => setCutOff(true),
    message: message => addMessage(message, true),
    deleted: removeMessage,
  };
}

/** Sets whether the stream is down, so that messages of others do not arrive. */
function setCutOff(value) {
  if (isCutOff !== value) {
    isCutOff = value;
    showWallState();
  }
}

// ---- reading

/** Reads the wall when events may have been missed, so that any message may have been deleted meanwhile. */
function readAfterGap() {
  heard.clear();
  deleted.clear();
  return readWall();
}

/** Runs reads one after the other. */
const enqueue = read => (reads = reads.then(read).finally(() => { arrivals = null; }));

/** Replaces the list by the newest page. */
function readWall() {
  isRead = true;
  return enqueue(async () => {
    clearTimeout(timer);
    try {
      const page = await readPage(null);
      const ids = new Set(page.items.map(({ id }) => id));
      const newest = page.items[0]?.id;
      show(page);
      for (const id of cards.keys()) {
        // A replica may serve the page from its cache, so the stream may already have brought newer messages.
        const isNewerThanPage = heard.has(id) && (newest === undefined || isNewer(id, newest));
        if (isBeyondEnd(id) || !ids.has(id) && !arrivals.has(id) && !isNewerThanPage) {
          removeCard(id);
        }
      }
      showList();
      newMessages = 0;
      pause = 1000;
    } catch (error) {
      problem = error.status === 0
        ? "You are offline, or the gateway is down. The page tries again automatically."
        : "The wall cannot be read right now. The page tries again automatically.";
      showWallState();
      timer = setTimeout(readWall, pause);
      pause = Math.min(pause * 2, 8000);
    }
  });
}

older.addEventListener("click", async () => {
  if (older.hasAttribute("aria-disabled")) {
    return;
  }

  // A button that becomes disabled would lose the focus.
  older.setAttribute("aria-disabled", "true");
  await enqueue(async () => {
    try {
      show(await readPage(next));
    } catch {
      showError(state, "Older messages cannot be read right now. Try again.");
    }
  });
  older.removeAttribute("aria-disabled");
});

async function readPage(after) {
  arrivals = new Map();
  const query = new URLSearchParams({ limit: pageSize });
  if (after) {
    query.set("after", after);
  }
  const { response } = await send(`/api/messages?${query}`);
  return response.json();
}

function show(page) {
  next = page.next ?? null;
  oldest = next ? page.items.at(-1)?.id : undefined;
  [...page.items, ...arrivals.values()].forEach(message => addCard(message, false));
  problem = null;
  showList();
}

/** Whether a message belongs to a page that was not read yet. */
const isBeyondEnd = id => oldest !== undefined && isNewer(oldest, id);

function showList() {
  showWallState();
  older.hidden = !next;
}

function showWallState() {
  if (problem) {
    showError(state, problem);
  } else if (isCutOff) {
    showError(state, "New messages do not arrive right now. The page reconnects automatically.");
  } else if (next === undefined) {
    showState(state, "Reading the wall …");
  } else {
    showState(state, cards.size === 0 ? "Nobody has written yet. The first word is yours." : null);
  }
}

// ---- one message

/** Adds a message that was just posted. */
export function addMessage(message, isNew = false) {
  arrivals?.set(message.id, message);
  const isAdded = addCard(message, isNew);
  if (cards.has(message.id)) {
    heard.add(message.id);
  }
  if (!isAdded) {
    return;
  }

  showList();
  newMessages++;
  if (newMessages % maxNewMessages === 0) {
    readWall();
  }
  if (newMessages > 2 * maxNewMessages) {
    // The wall cannot be reloaded now. Dropped messages appear again when it can.
    removeCard(list.lastElementChild.dataset.id);
  }
}

export function removeMessage({ id }) {
  deleted.add(id);
  if (deleted.size > maxDeleted) {
    deleted.delete(deleted.values().next().value);
  }
  removeCard(id);
  showList();
}

/** Adds the card of a message in order of ids, newest first. Returns whether it was added. */
function addCard(message, isNew) {
  if (isBeyondEnd(message.id) || deleted.has(message.id)) {
    return false;
  }

  const known = cards.get(message.id);
  if (known) {
    known.showDeleteButton();
    return false;
  }

  const card = createCard(message, isNew, () => removeMessage(message));
  cards.set(message.id, card);
  const following = [...list.children].find(other => isNewer(message.id, other.dataset.id)) ?? null;
  list.insertBefore(card.root, following);
  card.makeScrollable();
  return true;
}

function removeCard(id) {
  cards.get(id)?.root.remove();
  cards.delete(id);
  heard.delete(id);
}

/** Compares ids, which are growing numbers that may exceed the exact range of a JavaScript number. */
const isNewer = (id, other) => id.length === other.length ? id > other : id.length > other.length;

setInterval(() => cards.forEach(({ updateAge }) => updateAge()), 20000);
onTokensChanged(() => cards.forEach(({ showDeleteButton }) => showDeleteButton()));
