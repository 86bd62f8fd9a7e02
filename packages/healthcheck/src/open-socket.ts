/** A connection by `node:net`. */
import type { LookupFunction } from 'node:net';
import type { Address, Connection, ConnectionListener } from './connection.js';

export function openSocket(address: Address, listener: ConnectionListener): Connection {
  // Not imported: to load it costs more than all the rest of a probe that is answered on the control socket.
  const socket = process.getBuiltinModule('node:net').connect({ ...address, lookup });
  let isOpen = false;
  socket.on('connect', () => {
    isOpen = true;
    listener.opened();
  });
  socket.on('data', (piece) => listener.received(piece));
  socket.on('end', () => listener.ended());
  socket.on('error', ({ code }: NodeJS.ErrnoException) => {
    // A peer that breaks off at once may have done so before the connection is known to be open.
    listener.failed(isOpen || code === 'ECONNRESET');
  });
  return { write: (text) => void socket.write(text), close: () => void socket.destroy() };
}

/**
 * Without the hint `ADDRCONFIG`, which `connect` gives and `listen` does not: if loopback is the only IPv6, as in most
 * containers, the app listens on the `::1` of `localhost`. The hint would leave that out.
 */
const lookup: LookupFunction = (name, options, done) =>
  process.getBuiltinModule('node:dns').lookup(name, { ...options, hints: 0 }, done);
