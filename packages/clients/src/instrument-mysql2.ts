/** Statements of mysql2, from its own channels, and statements that are prepared on connections of its pools. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type ActiveContext, activeContext, bindContext, guardedListener } from '@porthole/core/internal';
import { type Instrumentation, instrumentChannel, joinInstrumentations } from './instrument-channel.js';
import { createMysqlRecord, failMysqlCall } from './mysql-call.js';
import { recordPreparing } from './record-mysql2.js';

/** Records every statement, a child of the work that sent it. */
export function instrumentMysql2(): Instrumentation {
  const statements = STATEMENTS.map((channel) =>
    instrumentChannel({ channel, createRecord: createMysqlRecord, fail: failMysqlCall }),
  );
  const contexts = [POOL, ...STATEMENTS].map(keepContext);
  return joinInstrumentations(...statements, ...contexts, recordPoolConnections());
}

const STATEMENTS = ['mysql2:query', 'mysql2:execute'];
const POOL = 'mysql2:pool:connect';

/**
 * Runs a callback in the context of its call. mysql2 itself calls back in the context of the connection, or of the work
 * that released the connection to the pool.
 */
function keepContext(channel: string): Instrumentation {
  const contexts = new WeakMap<object, ActiveContext>();
  const onStart = guardedListener('clients', (message: object) => {
    const context = activeContext();
    if (context !== undefined) contexts.set(message, context);
  });
  subscribe(`tracing:${channel}:start`, onStart);
  const unbind = bindContext(`tracing:${channel}:asyncStart`, (message: object) => contexts.get(message));
  return {
    close: () => {
      unsubscribe(`tracing:${channel}:start`, onStart);
      unbind();
    },
  };
}

/** A pool publishes its acquired connections. A connection publishes no statements that are prepared explicitly. */
function recordPoolConnections(): Instrumentation {
  const channel = `tracing:${POOL}:asyncStart`;
  const onAcquired = guardedListener('clients', ({ result }: { readonly result?: unknown }) => recordPreparing(result));
  subscribe(channel, onAcquired);
  return { close: () => unsubscribe(channel, onAcquired) };
}
