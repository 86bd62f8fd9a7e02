/** Calls that a library publishes on a tracing channel of Node.js, from `start` to `asyncEnd`. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createLiveList, endWork, guardedListener, startWork, type WorkRecord } from '@porthole/core/internal';

/** A subscription. `close()` ends it. */
export interface Instrumentation {
  close(): void;
}

/** A message of the channel: one object for each call, the same in each of its events. */
interface CallMessage {
  readonly error?: unknown;
}

/** Combines several into one. */
export function joinInstrumentations(...instrumentations: readonly Instrumentation[]): Instrumentation {
  return {
    close: () => {
      for (const instrumentation of instrumentations) instrumentation.close();
    },
  };
}

export interface ChannelOptions<Message> {
  /** The channel's name, without `tracing:` and the event. */
  readonly channel: string;
  /** Makes the record of a call, or returns undefined to leave it out. */
  readonly createRecord: (message: Message) => WorkRecord | undefined;
  /** Notes the cause of the failure on the record. */
  readonly fail: (record: WorkRecord, error: unknown) => void;
}

/** Records the calls. `close()` also ends the records of calls in flight. */
export function instrumentChannel<Message extends object>(options: ChannelOptions<Message>): Instrumentation {
  const { channel, createRecord, fail } = options;
  const records = new WeakMap<Message, WorkRecord>();
  const inFlight = createLiveList<WorkRecord>('place');

  const onStart = (message: Message): void => {
    const record = createRecord(message);
    if (record === undefined) return;
    records.set(message, record);
    inFlight.add(record);
    startWork(record);
  };
  const onError = (message: Message & CallMessage): void => {
    const record = records.get(message);
    if (record !== undefined) fail(record, message.error);
  };
  const onSettled = (message: Message): void => {
    const record = records.get(message);
    if (record === undefined) return;
    records.delete(message);
    inFlight.remove(record);
    endWork(record);
  };
  // After a synchronous throw, no asynchronous event follows.
  const onReturn = (message: Message & CallMessage): void => {
    if (message.error !== undefined) onSettled(message);
  };

  const subscriptions: readonly (readonly [string, (message: unknown) => void])[] = [
    [`tracing:${channel}:start`, guardedListener('clients', onStart)],
    [`tracing:${channel}:end`, guardedListener('clients', onReturn)],
    [`tracing:${channel}:error`, guardedListener('clients', onError)],
    [`tracing:${channel}:asyncEnd`, guardedListener('clients', onSettled)],
  ];
  for (const [name, listener] of subscriptions) subscribe(name, listener);
  return {
    close: () => {
      for (const [name, listener] of subscriptions) unsubscribe(name, listener);
      for (const record of inFlight) {
        inFlight.remove(record);
        endWork(record);
      }
    },
  };
}
