/** Removable listeners on the application's servers, in front of its own. */
import type { EventEmitter } from 'node:events';

type Listener = (this: EventEmitter, ...args: never[]) => void;

/** Our listeners on the application's servers. */
export interface ServerListeners {
  /** Adds `listener` in front of the others, unless `event` already has one of ours. */
  prepend(server: EventEmitter, event: string, listener: Listener): void;
  /**
   * The same, but only while the application listens to `event`: Node.js treats a connection differently if there is no
   * listener.
   */
  prependBesideOthers(server: EventEmitter, event: string, listener: Listener): void;
  /** Removes all of them. */
  close(): void;
}

interface Added {
  readonly listener: Listener;
  readonly besideOthers: boolean;
}

/** Starts without listeners. */
export function createServerListeners(): ServerListeners {
  const servers = new Map<EventEmitter, Map<string, Added>>();

  function add(server: EventEmitter, event: string, added: Added): void {
    let events = servers.get(server);
    if (events === undefined) {
      events = new Map();
      servers.set(server, events);
      server.on('removeListener', onRemoved);
      // A closed server must not be retained.
      server.on('close', onClose);
    }
    events.set(event, added);
    server.prependListener(event, added.listener as () => void);
  }

  function onRemoved(this: EventEmitter, event: string, removed: unknown): void {
    const added = servers.get(this)?.get(event);
    if (added === undefined) return;
    if (removed === added.listener) servers.get(this)?.delete(event);
    else if (added.besideOthers && this.listenerCount(event) === 1) this.off(event, added.listener as () => void);
  }

  function onClose(this: EventEmitter): void {
    release(this);
  }

  function release(server: EventEmitter): void {
    const events = servers.get(server);
    servers.delete(server);
    server.off('removeListener', onRemoved);
    server.off('close', onClose);
    for (const [event, { listener }] of events ?? []) server.off(event, listener as () => void);
  }

  return {
    prepend: (server, event, listener) => {
      if (servers.get(server)?.has(event) !== true) add(server, event, { listener, besideOthers: false });
    },
    prependBesideOthers: (server, event, listener) => {
      if (server.listenerCount(event) === 0 || servers.get(server)?.has(event) === true) return;
      add(server, event, { listener, besideOthers: true });
    },
    close: () => {
      for (const server of [...servers.keys()]) release(server);
    },
  };
}
