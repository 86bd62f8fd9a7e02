/** The fields that a logger has from `child` and `setBindings`, which are in each of its lines. */
import { pino } from 'pino';
import { type FieldRules, findException, type Member, renderFields, replaces, sizeOf } from './fields.js';
import type { PinoInternals } from './pino-internals.js';

const { symbols } = pino;

/** The rendered bindings of a logger, those of its parents included. */
const BINDINGS = Symbol('porthole.logger.bindings');

/** Bindings of a child that are not rendered yet. */
const PENDING = Symbol('porthole.logger.pending-bindings');

const MAX_BINDINGS_BYTES = 3072;

interface Instance extends PinoInternals {
  [BINDINGS]: readonly Member[];
  [PENDING]: object | undefined;
}

/**
 * Gives `logger`, and every child of it, bindings in place of pino's, which has them as JSON that it cannot look into.
 * Returns a function that reads the rendered bindings of an instance, those of its parents included.
 */
export function attachBindings(
  logger: PinoInternals,
  rulesOf: (instance: PinoInternals) => FieldRules,
): (instance: PinoInternals) => readonly Member[] {
  const pinoChild = logger.child;
  Object.assign(logger, { child, bindings, setBindings, [BINDINGS]: [], [PENDING]: undefined });
  return (instance) => renderedOf(instance as Instance);

  function child(this: Instance, given: object, childOptions?: object): PinoInternals {
    settleBindings(this);
    const plain = isEmpty(childOptions) ? plainCopyOf(given) : undefined;
    if (plain !== undefined) return plainChild(this, plain);
    const instance = pinoChild.call(this, given && {}, childOptions);
    instance.setBindings(instance[symbols.formattersSym].bindings?.(given) ?? given);
    return instance;
  }

  function setBindings(this: Instance, given: object): void {
    settleBindings(this);
    const rules = rulesOf(this);
    const found = findException(given, rules);
    const added = renderFields(given, found, undefined, rules, { bytes: MAX_BINDINGS_BYTES });
    const kept = this[BINDINGS].filter((binding) => !added.some((member) => replaces(member, binding)));
    // Children of children may pile up without end: the newest bindings stay.
    const all = [...kept, ...added];
    while (sizeOf(all) > MAX_BINDINGS_BYTES) all.shift();
    this[BINDINGS] = all;
  }

  function bindings(this: Instance): Record<string, unknown> {
    const json = renderedOf(this)
      .map((binding) => binding.json)
      .join('');
    return JSON.parse(`{${json.slice(1)}}`) as Record<string, unknown>;
  }
}

/**
 * A child whose bindings are rendered when it writes its first line. Fastify makes a child for every request, with an
 * empty object for options, and most of them never write: pino's own way would render and rebuild unused bindings.
 */
function plainChild(parent: Instance, given: object): PinoInternals {
  const instance = Object.create(parent) as Instance;
  instance[PENDING] = given;
  parent.onChild(instance);
  return instance;
}

function settleBindings(instance: Instance): void {
  const pending = instance[PENDING];
  if (pending === undefined) return;
  instance[PENDING] = undefined;
  instance.setBindings(pending);
}

function renderedOf(instance: Instance): readonly Member[] {
  settleBindings(instance);
  return instance[BINDINGS];
}

/** Options that throw when they are read count as none: a logger does not throw into the application. */
function isEmpty(options: object | undefined | null): boolean {
  try {
    for (const _ in options) return false;
  } catch {}
  return true;
}

/**
 * A copy of `given` in which nothing can change, or run code, between now and the first line; undefined if it holds
 * more than plain values.
 */
function plainCopyOf(given: object): object | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  try {
    const copy: Record<string, unknown> = { ...given };
    for (const key in copy) {
      const value = copy[key];
      if ((typeof value === 'object' && value !== null) || typeof value === 'function') return undefined;
    }
    return copy;
  } catch {
    // An error is noted in the rendered fields.
    return undefined;
  }
}
