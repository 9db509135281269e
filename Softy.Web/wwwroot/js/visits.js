import { newKey, send } from "./api.js";
import { byId, element, showState, write } from "./dom.js";
import { numberOf, toneOf } from "./replicas.js";

// One key however often it is sent, so that a visit whose answer was lost is not counted twice.
const key = newKey();
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
  const shares = Object.entries(instances).sort(([a], [b]) => numberOf(a) - numberOf(b));
  byId("visits-shares").classList.toggle("many", shares.length > 8);
  byId("visits-shares").replaceChildren(...shares.map(([name, count]) => {
    const bar = element("span", { class: "bar-fill" });
    bar.style.setProperty("--share", total > 0 ? count / total : 0);
    return element("li", { class: toneOf(name), "data-instance": name },
      element("span", { class: "bead", "aria-hidden": "true" }, String(numberOf(name))),
      element("span", { class: "name" }, name),
      element("span", { class: "bar-track", "aria-hidden": "true" }, bar),
      element("span", { class: "value" }, count.toLocaleString("en")));
  }));
}
