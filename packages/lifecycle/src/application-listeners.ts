/** The listeners on `process` that are not Porthole's: an application that has one handles the event itself. */
import { isOwnListener, ownListener } from './own-listener.js';

/** A listener of the application. */
export interface ApplicationListener {
  readonly listener: object;
  /** Whether it was added by `once`, so that it is gone after one event. */
  readonly once: boolean;
}

/**
 * The listeners of `event` that the application or one of its libraries has added. Those of `signal-exit` (3 and 4) do
 * not count: they act only if they are alone, and clean up synchronously at the exit. Neither does the one that the
 * module `domain` adds beside others.
 */
export function applicationListeners(event: string): readonly ApplicationListener[] {
  return process
    .rawListeners(event)
    .map((raw) => {
      const { listener } = raw as { readonly listener?: object };
      return { listener: listener ?? raw, once: listener !== undefined };
    })
    .filter(({ listener }) => !isOwnListener(listener) && !isOfDomain(listener) && !actsOnlyIfAlone(listener));
}

/** `name (place)` of each listener, as far as they are known. */
export function describeListeners(listeners: readonly ApplicationListener[]): readonly string[] {
  return listeners.map(({ listener }) => {
    const shown = nameOf(listener) || 'anonymous function';
    const place = places.get(listener);
    return place === undefined ? shown : `${shown} (${place})`;
  });
}

/** The places that added listeners, as `file:line`. */
const places = new WeakMap<object, string>();

/**
 * Calls `changed` after the application has added a listener of `events`, and notes the place in the code. The returned
 * function ends it.
 */
export function followListeners(events: readonly string[], changed: () => void): () => void {
  let isFollowing = true;
  const onNew = ownListener((event: string | symbol, listener: object) => {
    if (typeof event !== 'string' || !events.includes(event) || isOwnListener(listener)) return;
    const place = callerPlace();
    if (place !== undefined) places.set(listener, place);
    // The list changes after this event; signals and rejections come after the microtasks.
    queueMicrotask(() => {
      if (isFollowing) changed();
    });
  });
  process.on('newListener', onNew);
  return () => {
    isFollowing = false;
    process.off('newListener', onNew);
  };
}

/** The first frame outside of Node.js and of this file, in V8's format: `    at name (file:line:column)`. */
function callerPlace(): string | undefined {
  try {
    // Frames: this function, `onNew`, those of Node.js, then the caller of `process.on`.
    const frames = String(new Error().stack).split('\n').slice(3);
    const frame = frames.find((line) => !/[ (]node:/.test(line));
    return frame === undefined ? undefined : /([^\s(]+?:\d+):\d+\)?$/.exec(frame)?.[1];
  } catch {
    return undefined;
  }
}

/** Node.js's own, which clears the stack of domains and decides nothing. */
function isOfDomain(listener: object): boolean {
  return nameOf(listener) === 'domainUncaughtExceptionClear';
}

function nameOf(listener: object): string {
  try {
    const { name } = listener as { readonly name?: unknown };
    return typeof name === 'string' ? name : '';
  } catch {
    return '';
  }
}

/**
 * Whether the listener compares the number of listeners with a count of its own and acts only if it is alone, as
 * `signal-exit` does. Its text keeps these property names in a minified bundle, too.
 */
function actsOnlyIfAlone(listener: object): boolean {
  try {
    const text = Function.prototype.toString.call(listener);
    return /\.listeners\(/.test(text) && /\bcount\b/.test(text) && /\.kill\(/.test(text);
  } catch {
    return false;
  }
}
