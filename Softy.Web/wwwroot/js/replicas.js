const colours = 8;
const numbers = new Map();
let present = new Set();

/**
 * The number of a replica. `api-2` is 2; a name without a number of its own, such as a container's host name, gets the
 * lowest free one and keeps it for as long as the gateway knows the replica; then another replica may have it.
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

/** The class that gives an element the replica's colour, as --tone. */
export const toneOf = name => `tone-${(numberOf(name) - 1) % colours + 1}`;

/** How many replicas take turns: what the strip lines its columns up with. */
let count = 0;
const countListeners = new Set();

export const replicaCount = () => count;
export const onReplicaCount = listener => countListeners.add(listener);

/** Says which replicas the gateway knows. */
export const setReplicas = names => { present = new Set(names); };

export function setReplicaCount(value) {
  if (value !== count) {
    count = value;
    for (const listener of countListeners) {
      listener(count);
    }
  }
}
