/**
 * The scope of the events that a request's body brings. Node.js delivers them through a native handle, in the asynchronous
 * context in which that handle was made: that of the connection, not of the request.
 */
import { AsyncResource } from 'node:async_hooks';
import { activeContext, enterContext, NO_WORK } from '@porthole/core/internal';

/** What every native handle of Node.js has: it takes over the context that is active now. */
interface NativeHandle {
  asyncReset?(resource: object): void;
}

/**
 * Whether a scope that a callback enters is gone at the next callback of the same handle. So it is where AsyncLocalStorage
 * keeps its values in frames, which Node.js does from 24 on; before, they stay with the handle.
 */
export function scopesEndWithCallback(): boolean {
  const handle = new AsyncResource('porthole.probe');
  handle.runInAsyncScope(enterContext, undefined, NO_WORK);
  return handle.runInAsyncScope(activeContext) !== NO_WORK;
}

/** Lets the further callbacks of `handle` run in the scope that is active now. `resource` stands for it in `async_hooks`. */
export function keepScope(handle: unknown, resource: object): void {
  (handle as NativeHandle | null | undefined)?.asyncReset?.(resource);
}
