/** One connection of a probe, over a Unix socket or TCP. */

import type { Address, Connection, ConnectionListener } from './connection.js';
import { openPipe } from './open-pipe.js';
import { openSocket } from './open-socket.js';

/** Connects to `address`; `listener` hears of it later, never before this returns. */
export function openConnection(address: Address, listener: ConnectionListener): Connection {
  if (!('path' in address)) return openSocket(address, listener);
  return openPipe(address.path, listener) ?? openSocket(address, listener);
}
