/**
 * The context of the events of a request's body. Node.js delivers them through a native handle, in the asynchronous
 * context in which that handle was made: the context of the connection, not of the request.
 */
import { AsyncResource } from 'node:async_hooks';
import { activeContext, enterContext, NO_WORK } from '@porthole/core/internal';

/** A native handle of Node.js. `asyncReset` makes it take over the active context. */
interface NativeHandle {
  asyncReset?(resource: object): void;
}

/**
 * Whether a context that a callback enters is gone at the next callback of the same handle. So it is on Node.js 24 and
 * later, whose AsyncLocalStorage keeps its values in frames. Earlier, the context stays with the handle.
 */
export function contextsEndWithCallback(): boolean {
  const handle = new AsyncResource('porthole.probe');
  handle.runInAsyncScope(enterContext, undefined, NO_WORK);
  return handle.runInAsyncScope(activeContext) !== NO_WORK;
}

/** Runs the further callbacks of `handle` in the active context. `resource` stands for it in `async_hooks`. */
export function keepContext(handle: unknown, resource: object): void {
  (handle as NativeHandle | null | undefined)?.asyncReset?.(resource);
}
