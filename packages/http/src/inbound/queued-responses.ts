/**
 * Responses to pipelined requests that wait for the one before them. If their connection ends meanwhile, Node.js 20 and
 * 22 emit no event on them.
 */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { reportInternalError } from '@porthole/core/internal';
import { noteTurn } from './response-size.js';

const QUEUED: unique symbol = Symbol('porthole.queued');

type Lost = (response: ServerResponse) => void;

/** One listener for the whole connection: Node.js warns of a leak at more than ten. */
type QueueingSocket = Socket & { [QUEUED]?: Map<ServerResponse, Lost> };

/** Calls `lost` with `response` if `socket` closes before the response's turn. */
export function endWithSocket<Response extends ServerResponse>(
  response: Response,
  socket: QueueingSocket,
  lost: (response: Response) => void,
): void {
  let queued = socket[QUEUED];
  if (queued === undefined) {
    queued = new Map();
    socket[QUEUED] = queued;
    socket.once('close', onSocketClose);
  }
  queued.set(response, lost as Lost);
  response.once('socket', onTurn);
}

function onTurn(this: ServerResponse, socket: QueueingSocket): void {
  socket[QUEUED]?.delete(this);
  noteTurn(this, socket);
}

function onSocketClose(this: QueueingSocket): void {
  for (const [response, lost] of this[QUEUED] ?? []) {
    try {
      lost(response);
    } catch (error) {
      reportInternalError('http', error);
    }
  }
}
