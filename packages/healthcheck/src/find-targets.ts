/** The endpoints of a running app: its control socket, which gives the reasons, else its admin port. */
import { findControlSockets, PROOF_HEADER, proveControlSockets } from '@porthole/core/control';
import type { Addresses } from '@porthole/core/internal';
import type { Target } from './ask.js';
import { chooseControlSocket, noteOfOthers } from './choose-control-socket.js';
import type { ProbeName } from './probe-options.js';

/**
 * An endpoint, perhaps with a note on the choice; or why there is none, to stand after "no
 * running app found:".
 */
export type Place = { readonly target: Target; readonly note?: string | undefined } | { readonly missing: string };

/** The control socket of the app in this PID namespace. */
export function findControlTarget(probe: ProbeName, addresses: Addresses): Place {
  if (!addresses.control) return { missing: 'PORTHOLE_CONTROL is off' };
  const sockets = findControlSockets(addresses.directory);
  const proven = proveControlSockets(sockets);
  const socket = chooseControlSocket(proven, process.pid);
  if (socket === undefined) {
    const unproven = chooseControlSocket(sockets, process.pid);
    if (unproven === undefined) return { missing: 'no control socket' };
    return { missing: `cannot verify the control socket of pid ${unproven.pid}; run as the app's user` };
  }
  const name = `the control socket of pid ${socket.pid}`;
  return {
    note: noteOfOthers(socket.pid, proven, process.pid),
    target: {
      name,
      unreachable: `${name} does not answer`,
      address: { path: socket.path },
      url: `/v1/health/${probe}?verbose`,
      headers: { Accept: 'text/plain', [PROOF_HEADER]: socket.proof },
    },
  };
}

const ADMIN_PATHS: Readonly<Record<ProbeName, string>> = { live: '/livez', ready: '/readyz', startup: '/startupz' };

/** The admin port, on the loopback address if the server listens on all. */
export function findAdminTarget(probe: ProbeName, addresses: Addresses): Place {
  const { adminPort: port } = addresses;
  if (port === 'off') return { missing: 'PORTHOLE_ADMIN_PORT is off' };
  if (port === 0) return { missing: 'PORTHOLE_ADMIN_PORT is 0 (any free port)' };
  const given = addresses.adminHost;
  const host = given === '::' ? '::1' : given === '' || given === '0.0.0.0' ? '127.0.0.1' : given;
  const name = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return {
    target: {
      name,
      unreachable: `nothing answers on ${name} (PORTHOLE_ADMIN_PORT)`,
      address: { host, port },
      url: `${ADMIN_PATHS[probe]}?verbose`,
      headers: { Accept: 'text/plain' },
    },
  };
}
