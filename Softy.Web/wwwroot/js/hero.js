import { send } from "./api.js";
import { announce, byId, calm, write } from "./dom.js";
import { numberOf, toneOf } from "./replicas.js";

const hero = byId("hero");
const title = byId("dynamic-content");
const answered = byId("answered");
const orb = byId("orb");
const button = byId("ask");

let asking = false;
let timer;
let pause = 1000;

/** Asks the API for its greeting; keeps asking by itself for as long as nobody answers. */
export async function ask() {
  if (asking) {
    return;
  }

  asking = true;
  clearTimeout(timer);
  try {
    const { response, instance, milliseconds } = await send("/api/hello", { timeout: 8000 });
    greet(await response.text(), instance ?? "a replica", milliseconds);
    pause = 1000;
  } catch {
    lament();
    timer = setTimeout(ask, pause);
    pause = Math.min(pause * 2, 4000);
  } finally {
    asking = false;
  }
}

/** Whether the last question went unanswered. */
export const isUnanswered = () => hero.dataset.state === "unanswered";

function greet(text, instance, milliseconds) {
  const recovered = isUnanswered();
  const isWarm = hero.dataset.state !== "asking";
  hero.toggleAttribute("data-warm", isWarm);
  hero.dataset.state = "answered";
  hero.className = `hero ${toneOf(instance)}`;
  write(title, text);
  title.classList.toggle("long", text.length > 24);
  title.classList.toggle("longest", text.length > 120);
  write(answered, `${instance} answered in ${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms.`);
  write(byId("orb-number"), numberOf(instance));
  if (isWarm && !calm()) {
    orb.animate(
      [{ transform: "translateX(-18%) rotate(-120deg)" }, { transform: "none" }],
      { duration: 650, easing: "cubic-bezier(.2, .9, .25, 1)" });
  }
  if (recovered) {
    announce("The API answers again.");
  }
}

function lament() {
  if (isUnanswered()) {
    return;
  }

  hero.dataset.state = "unanswered";
  hero.className = "hero";
  write(title, "Nobody is answering.");
  write(answered, "The API is down or starting. This page asks again by itself.");
  write(byId("orb-number"), "?");
  announce("The API does not answer. The page asks again by itself.");
}

button.hidden = false;
button.addEventListener("click", async () => {
  await ask();
  announce(`${title.textContent} ${answered.textContent}`);
});
