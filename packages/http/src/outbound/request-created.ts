/** The creation of a request of `node:http` or `node:https`, before anything of it is sent. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { guardedListener } from '@porthole/core/internal';

const CHANNEL = 'http.client.request.created';

/**
 * Calls `listener` for each further request, in the context that made it, before the request has a socket. An exception
 * of `listener` is counted. The returned function ends it.
 */
export function onRequestCreated(listener: (request: ClientRequest) => void): () => void {
  const guarded = guardedListener('http', ({ request }: { readonly request: ClientRequest }) => listener(request));
  if (!hasCreatedChannel(process.versions.node)) return extendOnSocket(guardedListener('http', listener));
  subscribe(CHANNEL, guarded);
  return () => void unsubscribe(CHANNEL, guarded);
}

/** Whether Node.js `version` has the channel: 22.12 and later, 23.2 and later. */
export function hasCreatedChannel(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major === 22) return minor >= 12;
  return major === 23 ? minor >= 2 : major > 23;
}

interface RequestPrototype {
  onSocket(socket: Socket, error?: unknown): void;
}

/**
 * The only method of Node.js that Porthole extends, and only on lines that end without the channel. Every agent, and a
 * request without one, passes the socket to the request by `onSocket`. It uses that socket only at the next tick. The
 * older channel `http.client.request.start` comes too late: when the head is sent.
 */
function extendOnSocket(listener: (request: unknown) => void): () => void {
  const prototype = ClientRequest.prototype as unknown as RequestPrototype;
  const original = prototype.onSocket;
  let isActive = true;
  function onSocket(this: RequestPrototype, socket: Socket, error?: unknown): void {
    if (isActive) listener(this);
    original.call(this, socket, error);
  }
  prototype.onSocket = onSocket;
  return () => {
    isActive = false;
    // Another library may have extended it further meanwhile.
    if (prototype.onSocket === onSocket) prototype.onSocket = original;
  };
}
