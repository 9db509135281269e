const colours = 8;
const numbers = new Map();
let present = new Set();

/**
 * Gets the number of a replica. `api-2` has 2. A name without a number, such as a container's host name, gets the
 * lowest free one and keeps it while the gateway has the replica. After that another replica may get it.
 */
export function numberOf(name) {
  let number = numbers.get(name);
  if (number === undefined) {
    const taken = new Map([...numbers].map(([other, its]) => [its, other]));
    const isFree = candidate => !taken.has(candidate) || (present.has(name) && !present.has(taken.get(candidate)));
    number = Number(/-(\d{1,3})$/.exec(name)?.[1] ?? 0);
    if (number === 0 || !isFree(number)) {
      for (number = 1; !isFree(number); number++);
    }
    numbers.delete(taken.get(number));
    numbers.set(name, number);
  }
  return number;
}

/** Gets the CSS class that sets --tone to the colour of a replica. */
export const toneOf = name => `tone-${(numberOf(name) - 1) % colours + 1}`;

/** How many replicas take requests. The strip aligns its columns to it. */
let count = 0;
const countListeners = new Set();

export const replicaCount = () => count;
export const onReplicaCount = listener => countListeners.add(listener);

/** Sets which replicas the gateway has. */
export const setReplicas = names => { present = new Set(names); };

export function setReplicaCount(value) {
  if (value !== count) {
    count = value;
    for (const listener of countListeners) {
      listener(count);
    }
  }
}
