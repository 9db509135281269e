import { newKey, send } from "./api.js";
import { byId, element, showState, write } from "./dom.js";
import { numberOf, toneOf } from "./replicas.js";

// One key however often it is sent, so that a visit whose answer was lost is not counted twice.
const key = newKey();

// What the API counts replicas as that are gone. They have no number of their own, nor a colour.
const earlierReplicas = "earlier replicas";

let timer;
let pause = 1000;
let counted = false;
let reports = 0;
let shown = 0;

/** Counts this visit, once; keeps trying while the counter is away. */
export async function countVisit() {
  clearTimeout(timer);
  const before = reports;
  try {
    const { response } = await send("/api/visits", counted ? {} : { method: "POST", headers: { "Idempotency-Key": key } });
    const totals = await response.json();
    counted = true;
    pause = 1000;
    // The stream may have been faster, and has the newer totals.
    if (reports === before || totals.total >= shown) {
      showVisits(totals);
    }
  } catch (error) {
    showState(byId("visits-state"), error.status === 0 || error.status >= 500
      ? "The counter is out of reach. It is asked again by itself."
      : error.message);
    timer = setTimeout(countVisit, pause);
    pause = Math.min(pause * 2, 8000);
  }
}

/** What to do with the visits of the live stream. */
export const watchVisits = () => ({
  visits: totals => {
    reports++;
    showVisits(totals);
  },
});

function showVisits({ total, instances }) {
  shown = total;
  showState(byId("visits-state"), null);
  write(byId("visits-total"), total.toLocaleString("en"));
  write(byId("visits-unit"), total === 1 ? "visit" : "visits");
  const { [earlierReplicas]: earlier, ...present } = instances;
  const shares = Object.entries(present).sort(([a], [b]) => numberOf(a) - numberOf(b))
    .map(([name, count]) => share(name, count / total, count, toneOf(name), String(numberOf(name))));
  if (earlier !== undefined) {
    shares.push(share(earlierReplicas, earlier / total, earlier, "tone-none", "…"));
  }
  byId("visits-shares").classList.toggle("many", shares.length > 8);
  byId("visits-shares").replaceChildren(...shares);
}

function share(name, part, count, tone, mark) {
  const bar = element("span", { class: "bar-fill" });
  bar.style.setProperty("--share", Number.isFinite(part) ? part : 0);
  return element("li", { class: tone, "data-instance": name },
    element("span", { class: "bead", "aria-hidden": "true" }, mark),
    element("span", { class: "name" }, name),
    element("span", { class: "bar-track", "aria-hidden": "true" }, bar),
    element("span", { class: "value" }, count.toLocaleString("en")));
}
