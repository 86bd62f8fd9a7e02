/** The moment at which a request of `node:http` or `node:https` has come into being and nothing of it is sent yet. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { guardedListener } from '@porthole/core/internal';

const CHANNEL = 'http.client.request.created';

/**
 * Calls `listener` for each request from now on, in the context that made it, before the request has a socket. The function that is
 * returned ends that. What `listener` throws is counted.
 */
export function onRequestCreated(listener: (request: ClientRequest) => void): () => void {
  const guarded = guardedListener('http', ({ request }: { readonly request: ClientRequest }) => listener(request));
  if (!hasCreatedChannel(process.versions.node)) return extendOnSocket(guardedListener('http', listener));
  subscribe(CHANNEL, guarded);
  return () => void unsubscribe(CHANNEL, guarded);
}

/** Whether Node.js `version` has the channel: from 22.12 on, and 23.2. */
export function hasCreatedChannel(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major === 22) return minor >= 12;
  return major === 23 ? minor >= 2 : major > 23;
}

interface RequestPrototype {
  onSocket(socket: Socket, error?: unknown): void;
}

/**
 * The one place where Porthole extends a method of Node.js, and only on lines that end without the channel: `onSocket` is how every
 * agent, and a request without one, hands a request its socket, and it puts off the use of that socket to the next tick.
 * The channel that there is, `http.client.request.start`, comes when the head is sent.
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
    // Somebody may have extended it further in the meantime.
    if (prototype.onSocket === onSocket) prototype.onSocket = original;
  };
}
