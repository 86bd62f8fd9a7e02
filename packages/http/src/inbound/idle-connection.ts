/**
 * What a connection keeps while it waits for its next request. Node.js starts the timer of its keep-alive time-out while the request
 * that has just been answered is active, and its parser stays in the scope that it was in last; either would keep the record of that
 * request for as long as the connection lives.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import { detachContext, type WorkRecord } from '@porthole/core/internal';
import { nodeProperty } from '../node-property.js';
import { keepScope } from './body-scope.js';

/** The key under which a request has a function that runs another one in the scope of its connection. */
const OUTSIDE: unique symbol = Symbol('porthole.outside');

type Request = IncomingMessage & { [OUTSIDE]?: ReturnType<typeof AsyncLocalStorage.snapshot> };

/** What Node.js has on a connection while it speaks HTTP. */
interface Connection {
  readonly parser?: { readonly incoming?: unknown } | null;
}

/** Remembers the scope that is active, that of the connection, before that of a request is kept for its body. */
export function rememberScope(request: Request): void {
  request[OUTSIDE] = AsyncLocalStorage.snapshot();
}

/** Lets the connection go of `record`, whose request has been received and answered as a whole. */
export function releaseConnection(request: Request, record: WorkRecord): void {
  const { socket } = request;
  const { parser } = socket as Connection;
  detach(timerOf(socket), record);
  detach(resourceOf(parser), record);
  const isAtNext = parser?.incoming && parser.incoming !== request;
  if (!isAtNext) request[OUTSIDE]?.(keepScope, parser, socket);
}

function detach(resource: unknown, record: WorkRecord): void {
  if (typeof resource === 'object' && resource !== null) detachContext(resource, record);
}

/** The timer of the socket's time-out. */
const timerOf = nodeProperty('timeout');

/** What stands for a parser in `async_hooks`. */
const resourceOf = nodeProperty('resource_symbol');
