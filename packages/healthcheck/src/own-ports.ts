/**
 * The ports of this very process: a module that it preloads (`NODE_OPTIONS`) may hold the port of a service that is
 * dead.
 */
import type { Socket } from 'node:net';
import type { Address } from './connection.js';

const CHANNEL = 'net.server.socket';
const ports = new Set<number | undefined>();

/**
 * From now on the TCP ports on which this process takes a connection are its own, and a probe ignores their answers.
 * Returns a function that ends that. For the command.
 */
export function watchOwnPorts(): () => void {
  const { subscribe, unsubscribe } = process.getBuiltinModule('node:diagnostics_channel');
  subscribe(CHANNEL, note);
  return () => {
    unsubscribe(CHANNEL, note);
    // Another process may have the port next.
    ports.clear();
  };
}

function note(message: unknown): void {
  ports.add((message as { readonly socket: Socket }).socket.localPort);
}

/** Whether this process has taken the connection to `address` itself: to be asked once there is an answer. */
export function isOwnPort(address: Address): boolean {
  return 'port' in address && ports.has(address.port);
}
