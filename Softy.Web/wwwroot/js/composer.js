import { newKey, send } from "./api.js";
import { announce, byId, write } from "./dom.js";
import { keepToken } from "./tokens.js";
import { addMessage } from "./wall.js";

const longestText = 2000;
const longestAuthor = 64;
/** What leaves no mark: the API refuses a text of nothing else. */
const invisible = /^[\s\p{Default_Ignorable_Code_Point}\u2800]*$/u;

const form = byId("composer");
const author = byId("author");
const text = byId("text");

/** As the API counts: code points, so that an emoji is one and every script has the same room. */
const lengthOf = value => [...value].length;

const characters = count => `${count} ${count === 1 ? "character" : "characters"}`;

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
    // Before it is shown, or offered for deletion if the stream was faster.
    keepToken(posted.id, ownerToken);
    addMessage(posted, true);
    draft = { key: newKey(), content: "" };
    text.value = "";
    countDown();
    announce("Message posted.");
    text.focus();
  } catch (error) {
    const named = Object.keys(error.errors ?? {}).length > 0;
    if (!named || showErrors(lowerCaseKeys(error.errors))) {
      write(byId("composer-error"), error.isRefused
        ? `Not posted: ${error.message}`
        : "It is not certain whether this was posted. Your text is still here: post it again, and it will be there once.");
    }
  } finally {
    button.disabled = false;
  }
});

function validate(message) {
  const errors = {};
  if (invisible.test(message.author)) {
    errors.author = ["Say who you are."];
  } else if (lengthOf(message.author) > longestAuthor) {
    errors.author = [`At most ${longestAuthor} characters; this is ${lengthOf(message.author)}.`];
  }
  if (invisible.test(message.text)) {
    errors.text = ["Write something first."];
  } else if (lengthOf(message.text) > longestText) {
    errors.text = [`At most ${longestText} characters; this is ${lengthOf(message.text)}.`];
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
  const left = longestText - lengthOf(text.value.trim());
  write(byId("text-count"), left >= 0 ? `${characters(left)} left` : `${characters(-left)} too many`);
  byId("text-count").classList.toggle("over", left < 0);
}

text.addEventListener("input", countDown);
for (const field of [author, text]) {
  field.addEventListener("input", () => {
    write(byId(`${field.name}-error`), "");
    field.removeAttribute("aria-invalid");
  });
}
