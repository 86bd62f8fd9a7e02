/** Calls that a library publishes on a tracing channel of Node's: from `start` to `asyncEnd`. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createLiveList, endWork, guardedListener, startWork, type WorkRecord } from '@porthole/core/internal';

/** A subscription that can be ended. */
export interface Instrumentation {
  close(): void;
}

/** What the channel publishes: one object for each call, the same in each of its events. */
interface CallMessage {
  readonly error?: unknown;
}

/** Several as one. */
export function joinInstrumentations(...instrumentations: readonly Instrumentation[]): Instrumentation {
  return {
    close: () => {
      for (const instrumentation of instrumentations) instrumentation.close();
    },
  };
}

export interface ChannelOptions<Message> {
  /** Its name, without `tracing:` and the event. */
  readonly channel: string;
  /** A record of the call that begins, or undefined to leave it out. */
  readonly createRecord: (message: Message) => WorkRecord | undefined;
  /** Notes on the record why the call failed. */
  readonly fail: (record: WorkRecord, error: unknown) => void;
}

/** Records the calls; for one that is under way when the watch is closed, the work ends there. */
export function instrumentChannel<Message extends object>(options: ChannelOptions<Message>): Instrumentation {
  const { channel, createRecord, fail } = options;
  const records = new WeakMap<Message, WorkRecord>();
  const underWay = createLiveList<WorkRecord>('place');

  const onStart = (message: Message): void => {
    const record = createRecord(message);
    if (record === undefined) return;
    records.set(message, record);
    underWay.add(record);
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
    underWay.remove(record);
    endWork(record);
  };
  // Nothing asynchronous follows where the call itself threw.
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
      for (const record of underWay) {
        underWay.remove(record);
        endWork(record);
      }
    },
  };
}
