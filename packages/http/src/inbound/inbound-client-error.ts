/**
 * Runs before the application's `clientError` listeners. Up to Node.js 22, they would run in the context of the last
 * request.
 */
import type { Socket } from 'node:net';
import { enterContext, NO_WORK } from '@porthole/core/internal';
import { noteClientError } from './answer-end.js';
import type { RequestSocket } from './inbound-http1.js';
import { RECORD } from './inbound-record.js';

/** Listener of a server's `clientError` event: enters the context of the request that is being answered, or none. */
export function onClientError(_error: Error, socket: Socket): void {
  noteClientError(socket);
  enterContext((socket as RequestSocket)._httpMessage?.[RECORD] ?? NO_WORK);
}
