import { byId, element } from "./dom.js";
import { numberOf, onReplicaCount, replicaCount, toneOf } from "./replicas.js";

const maxBeads = 200;
const strip = byId("strip");

/** Adds a bead for a request. */
export function addBead({ instance }) {
  const bead = instance
    ? element(
      "li",
      { class: `bead ${toneOf(instance)}`, "data-instance": instance, title: instance },
      String(numberOf(instance)))
    : element("li", { class: "bead bead-failed", title: "failed" }, "×");
  strip.append(bead);
  while (strip.childElementCount > maxBeads) {
    strip.firstElementChild.remove();
  }
}

export const clearStrip = () => strip.replaceChildren();

/** Makes the number of columns a multiple of the replicas, so that round robin draws stripes. */
function alignColumns() {
  const beadSize = parseFloat(getComputedStyle(strip).getPropertyValue("--bead-size"));
  const size = beadSize * parseFloat(getComputedStyle(document.documentElement).fontSize);
  const fit = Math.max(1, Math.floor(strip.clientWidth / size));
  const replicas = replicaCount();
  strip.style.setProperty("--columns", replicas > 0 && replicas <= fit ? fit - fit % replicas : fit);
}

new ResizeObserver(alignColumns).observe(strip);
onReplicaCount(alignColumns);
