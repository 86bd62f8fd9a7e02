/** Statements of mysql2, seen through its own channels, and those that are prepared on connections of its pools. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type ActiveScope, activeScope, bindScope, guardedListener } from '@porthole/core/internal';
import { createMysqlRecord, failMysqlCall } from './mysql-call.js';
import { recordPreparing } from './record-mysql2.js';
import { joinWatches, type Watch, watchChannel } from './watch-channel.js';

/** Records every statement, a child of the work that sent it. */
export function watchMysql2(): Watch {
  const watches = ['mysql2:query', 'mysql2:execute'].map((channel) =>
    watchChannel({ channel, createRecord: createMysqlRecord, fail: failMysqlCall }),
  );
  return joinWatches(...watches, keepScopeOfWaiting(), recordPoolConnections());
}

const POOL_CHANNEL = 'tracing:mysql2:pool:connect';

/**
 * Who waits for a connection of a pool is given one by the work that gives it back, in that work's context. Here it goes on in its own.
 */
function keepScopeOfWaiting(): Watch {
  const scopes = new WeakMap<object, ActiveScope>();
  const onStart = guardedListener('clients', (message: object) => {
    const scope = activeScope();
    if (scope !== undefined) scopes.set(message, scope);
  });
  subscribe(`${POOL_CHANNEL}:start`, onStart);
  const unbind = bindScope(`${POOL_CHANNEL}:asyncStart`, (message: object) => scopes.get(message));
  return {
    close: () => {
      unsubscribe(`${POOL_CHANNEL}:start`, onStart);
      unbind();
    },
  };
}

/** A pool publishes the connection that it hands over, which publishes nothing of statements that are prepared explicitly. */
function recordPoolConnections(): Watch {
  const channel = `${POOL_CHANNEL}:asyncStart`;
  const onHandedOver = guardedListener('clients', ({ result }: { readonly result?: unknown }) =>
    recordPreparing(result),
  );
  subscribe(channel, onHandedOver);
  return { close: () => unsubscribe(channel, onHandedOver) };
}
