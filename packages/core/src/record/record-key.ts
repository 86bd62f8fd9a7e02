/**
 * What records of one route and outcome have in common, so that observers make once what is the same for all of them: the fixed parts
 * of a log line, the series of a histogram, the encoded attributes of a span.
 */
import { sharedState } from '../shared-state.js';
import type { WorkKind, WorkRecord } from './work-record.js';

/** The fields that make a shape, and what observers keep for it. */
interface WorkShape {
  readonly kind: WorkKind;
  readonly name: string;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly scheme: string;
  readonly protocolVersion: string;
  readonly serverAddress: string;
  readonly serverPort: number;
  readonly errorType: string;
  readonly kept: unknown[];
}

/** Routes, names and called hosts that are kept, and outcomes of each: they have few, and a short list needs no key to be made. */
const MAX_TARGETS = 1024;
const MAX_OUTCOMES = 16;

const state = /* @__PURE__ */ sharedState('work-shapes', () => ({
  targets: new Map<string, WorkShape[]>(),
  caches: 0,
}));

/** Gives for a record what `create` has made for its shape. */
export interface ShapeCache<T> {
  /** The value for the shape of `record`, which must not change any more. */
  of(record: WorkRecord): T;
  /** Forgets all values. */
  clear(): void;
}

/**
 * A cache of what `create` makes of a record, from nothing but its kind, name, method, route, status, scheme, protocol version, server
 * and error type. Bounded: where clients invent what those are, it starts over.
 */
export function createShapeCache<T>(create: (record: WorkRecord) => T): ShapeCache<T> {
  let own = state.caches++;
  return {
    of: (record) => {
      const shape = (record.shape ?? findShape(record)) as WorkShape;
      const kept = shape.kept[own] as T | undefined;
      if (kept !== undefined) return kept;
      const created = create(record);
      shape.kept[own] = created;
      return created;
    },
    clear: () => {
      own = state.caches++;
    },
  };
}

function findShape(record: WorkRecord): WorkShape {
  const { targets } = state;
  const target = record.route || record.name || record.serverAddress;
  let outcomes = targets.get(target);
  if (outcomes === undefined) {
    if (targets.size >= MAX_TARGETS) targets.clear();
    outcomes = [];
    targets.set(target, outcomes);
  }
  for (let i = 0; i < outcomes.length; i++) {
    const shape = outcomes[i] as WorkShape;
    if (matches(shape, record)) {
      record.shape = shape;
      return shape;
    }
  }
  if (outcomes.length >= MAX_OUTCOMES) outcomes.length = 0;
  const { kind, name, method, route, status, scheme, protocolVersion, serverAddress, serverPort, errorType } = record;
  const shape: WorkShape = {
    kind,
    name,
    method,
    route,
    status,
    scheme,
    protocolVersion,
    serverAddress,
    serverPort,
    errorType,
    kept: [],
  };
  outcomes.push(shape);
  record.shape = shape;
  return shape;
}

function matches(shape: WorkShape, record: WorkRecord): boolean {
  return (
    shape.status === record.status &&
    shape.method === record.method &&
    shape.kind === record.kind &&
    shape.route === record.route &&
    shape.name === record.name &&
    shape.scheme === record.scheme &&
    shape.protocolVersion === record.protocolVersion &&
    shape.serverAddress === record.serverAddress &&
    shape.serverPort === record.serverPort &&
    shape.errorType === record.errorType
  );
}
