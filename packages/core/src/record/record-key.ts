/**
 * The common fields of records of one route and outcome. Observers make the common parts once: the fixed parts of a log
 * line, the series of a histogram, the encoded attributes of a span.
 */
import { sharedState } from '../shared-state.js';
import type { WorkKind, WorkRecord } from './work-record.js';

/** The fields that make a key, and the values that observers keep for it. */
interface RecordKey {
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

/**
 * Routes, names and called hosts that are kept, and outcomes of each: they have few, and a short list needs no key to
 * be made.
 */
const MAX_TARGETS = 1024;
const MAX_OUTCOMES = 16;

const state = /* @__PURE__ */ sharedState('record-keys', () => ({
  targets: new Map<string, RecordKey[]>(),
  caches: 0,
}));

/** Returns for a record the value that `create` has made for its key. */
export interface RecordCache<T> {
  /** The value for the key of `record`, which must not change any more. */
  of(record: WorkRecord): T;
  /** Forgets all values. */
  clear(): void;
}

/**
 * A cache of the results of `create` for records. `create` may use only the kind, name, method, route, status, scheme,
 * protocol version, server and error type. Bounded: if clients invent these values, it starts over.
 */
export function createRecordCache<T>(create: (record: WorkRecord) => T): RecordCache<T> {
  let own = state.caches++;
  return {
    of: (record) => {
      const key = (record.key ?? findKey(record)) as RecordKey;
      const kept = key.kept[own] as T | undefined;
      if (kept !== undefined) return kept;
      const created = create(record);
      key.kept[own] = created;
      return created;
    },
    clear: () => {
      own = state.caches++;
    },
  };
}

function findKey(record: WorkRecord): RecordKey {
  const { targets } = state;
  const target = record.route || record.name || record.serverAddress;
  let outcomes = targets.get(target);
  if (outcomes === undefined) {
    if (targets.size >= MAX_TARGETS) targets.clear();
    outcomes = [];
    targets.set(target, outcomes);
  }
  for (let i = 0; i < outcomes.length; i++) {
    const key = outcomes[i] as RecordKey;
    if (matches(key, record)) {
      record.key = key;
      return key;
    }
  }
  if (outcomes.length >= MAX_OUTCOMES) outcomes.length = 0;
  const { kind, name, method, route, status, scheme, protocolVersion, serverAddress, serverPort, errorType } = record;
  const key: RecordKey = {
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
  outcomes.push(key);
  record.key = key;
  return key;
}

function matches(key: RecordKey, record: WorkRecord): boolean {
  return (
    key.status === record.status &&
    key.method === record.method &&
    key.kind === record.kind &&
    key.route === record.route &&
    key.name === record.name &&
    key.scheme === record.scheme &&
    key.protocolVersion === record.protocolVersion &&
    key.serverAddress === record.serverAddress &&
    key.serverPort === record.serverPort &&
    key.errorType === record.errorType
  );
}
