/** Statements of mysql2, seen through its own channels, and those that are prepared on connections of its pools. */
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
  const scopes = [POOL, ...STATEMENTS].map(keepScope);
  return joinInstrumentations(...statements, ...scopes, recordPoolConnections());
}

const STATEMENTS = ['mysql2:query', 'mysql2:execute'];
const POOL = 'mysql2:pool:connect';

/**
 * mysql2 calls back in the context of the connection, or of the work that gives one back to the pool. Here a callback goes on in the context
 * of the call.
 */
function keepScope(channel: string): Instrumentation {
  const scopes = new WeakMap<object, ActiveContext>();
  const onStart = guardedListener('clients', (message: object) => {
    const scope = activeContext();
    if (scope !== undefined) scopes.set(message, scope);
  });
  subscribe(`tracing:${channel}:start`, onStart);
  const unbind = bindContext(`tracing:${channel}:asyncStart`, (message: object) => scopes.get(message));
  return {
    close: () => {
      unsubscribe(`tracing:${channel}:start`, onStart);
      unbind();
    },
  };
}

/** A pool publishes the connection that it hands over, which publishes nothing of statements that are prepared explicitly. */
function recordPoolConnections(): Instrumentation {
  const channel = `tracing:${POOL}:asyncStart`;
  const onHandedOver = guardedListener('clients', ({ result }: { readonly result?: unknown }) =>
    recordPreparing(result),
  );
  subscribe(channel, onHandedOver);
  return { close: () => unsubscribe(channel, onHandedOver) };
}
