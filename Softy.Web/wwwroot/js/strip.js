import { byId, element } from "./dom.js";
import { numberOf, onReplicaCount, replicaCount, toneOf } from "./replicas.js";

const most = 200;
const strip = byId("strip");

/** One bead per request. */
export function addBead({ instance }) {
  const bead = instance
    ? element("li", { class: `bead ${toneOf(instance)}`, "data-instance": instance, title: instance }, String(numberOf(instance)))
    : element("li", { class: "bead bead-failed", title: "no answer" }, "×");
  strip.append(bead);
  while (strip.childElementCount > most) {
    strip.firstElementChild.remove();
  }
}

export const clearStrip = () => strip.replaceChildren();

/** Makes a row hold a whole number of rounds, so that taking turns draws stripes. */
function alignColumns() {
  const size = parseFloat(getComputedStyle(strip).getPropertyValue("--bead-size")) * parseFloat(getComputedStyle(document.documentElement).fontSize);
  const fit = Math.max(1, Math.floor(strip.clientWidth / size));
  const replicas = replicaCount();
  strip.style.setProperty("--columns", replicas > 0 && replicas <= fit ? fit - fit % replicas : fit);
}

new ResizeObserver(alignColumns).observe(strip);
onReplicaCount(alignColumns);
