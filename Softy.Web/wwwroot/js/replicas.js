const colours = 8;
const numbers = new Map();

/**
 * The number of a replica. `api-2` is 2; a name without a number of its own, such as a container's host name, gets the
 * next free one and keeps it.
 */
export function numberOf(name) {
  let number = numbers.get(name);
  if (number === undefined) {
    const taken = new Set(numbers.values());
    number = Number(/-(\d{1,3})$/.exec(name)?.[1] ?? 0);
    if (number === 0 || taken.has(number)) {
      for (number = 1; taken.has(number); number++);
    }
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

export function setReplicaCount(value) {
  if (value !== count) {
    count = value;
    for (const listener of countListeners) {
      listener(count);
    }
  }
}
