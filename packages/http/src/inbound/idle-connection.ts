/**
 * Frees the record of the last request while its connection waits for the next one. Node.js starts the keep-alive timer
 * while the answered request is active, and its parser stays in its last context. Either would keep the record as long
 * as the connection lives.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import { detachContext, type WorkRecord } from '@porthole/core/internal';
import { nodeProperty } from '../node-property.js';
import { keepContext } from './body-context.js';

/** The key of a function on the request that runs another one in the context of its connection. */
const OUTSIDE: unique symbol = Symbol('porthole.outside');

type Request = IncomingMessage & { [OUTSIDE]?: ReturnType<typeof AsyncLocalStorage.snapshot> };

/** A connection that speaks HTTP, with Node's own field. */
interface Connection {
  readonly parser?: { readonly incoming?: unknown } | null;
}

/** Stores the active context, that of the connection, before the context of a request is kept for its body. */
export function rememberContext(request: Request): void {
  request[OUTSIDE] = AsyncLocalStorage.snapshot();
}

/** Detaches the connection from `record`, whose request has been received and answered completely. */
export function releaseConnection(request: Request, record: WorkRecord): void {
  const { socket } = request;
  const { parser } = socket as Connection;
  detach(timerOf(socket), record);
  detach(resourceOf(parser), record);
  const isAtNext = parser?.incoming && parser.incoming !== request;
  if (!isAtNext) request[OUTSIDE]?.(keepContext, parser, socket);
}

function detach(resource: unknown, record: WorkRecord): void {
  if (typeof resource === 'object' && resource !== null) detachContext(resource, record);
}

/** The timer of the socket's time-out. */
const timerOf = nodeProperty('timeout');

/** The resource of a parser in `async_hooks`. */
const resourceOf = nodeProperty('resource_symbol');
