/** The scope of `clientError` listeners: up to Node.js 22, they would run in that of the connection's last request. */
import type { Socket } from 'node:net';
import { enterScope, NO_WORK } from '@porthole/core/internal';
import type { RequestSocket } from './inbound-http1.js';
import { RECORD } from './inbound-record.js';

/** Listener of a server's `clientError` event: what follows belongs to the request that is being answered, or to none. */
export function onClientError(_error: Error, socket: Socket): void {
  enterScope((socket as RequestSocket)._httpMessage?.[RECORD] ?? NO_WORK);
}
