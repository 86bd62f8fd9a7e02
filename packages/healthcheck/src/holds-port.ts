/** Whether the probe would ask its own process: one that preloads a service (`NODE_OPTIONS`) may hold the port of the service that is dead. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Address } from './open-connection.js';

/** Whether this process listens on the TCP port of `address`; false where there is no `/proc`. Never throws. */
export function holdsPort(address: Address): boolean {
  if ('path' in address) return false;
  const own = ownSockets();
  if (own.size === 0) return false;
  const port = address.port.toString(16).toUpperCase().padStart(4, '0');
  return ['tcp', 'tcp6'].some((table) => listeners(table, port).some((inode) => own.has(inode)));
}

/** The inodes of this process's sockets. */
function ownSockets(): Set<string> {
  const inodes = new Set<string>();
  for (const fd of list('/proc/self/fd')) {
    const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/self/fd/${fd}`))?.[1];
    if (inode !== undefined) inodes.add(inode);
  }
  return inodes;
}

const STATE_LISTEN = '0A';

/** The inodes of sockets that listen on `port`, in hexadecimal: proc_pid_net(5). */
function listeners(table: string, port: string): readonly string[] {
  return textOf(`/proc/self/net/${table}`)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(`:${port}`) && fields[3] === STATE_LISTEN)
    .map((fields) => fields[9] ?? '');
}

function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
