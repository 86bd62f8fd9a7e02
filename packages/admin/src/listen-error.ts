/** The reason why a server could not start, with the variable to set. */
import { PortholeError } from '@porthole/core';
import { noControlFolder, reasonsOf, type UnusableFolder } from '@porthole/core/internal';

/** The codes of the errors of `listen`. */
export type AdminErrorCode =
  | 'PORTHOLE_ADMIN_PORT_IN_USE'
  | 'PORTHOLE_ADMIN_PORT_REFUSED'
  | 'PORTHOLE_ADMIN_HOST_UNUSABLE'
  | 'PORTHOLE_CONTROL_UNUSABLE'
  | 'PORTHOLE_HEARTBEAT_UNUSABLE';

/** The admin server could not listen on `host` and `port`. */
export function adminListenError(host: string, port: number, cause: unknown): PortholeError<AdminErrorCode> {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return new PortholeError(
      `port ${port} on ${host} is in use: set PORTHOLE_ADMIN_PORT to a free port, to 0 for any, or to "off"`,
      { code: 'PORTHOLE_ADMIN_PORT_IN_USE', cause },
    );
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new PortholeError(
      `port ${port} on ${host} is not allowed to this user: set PORTHOLE_ADMIN_PORT to a port from 1024, or to "off"`,
      { code: 'PORTHOLE_ADMIN_PORT_REFUSED', cause },
    );
  }
  return new PortholeError(
    `the admin server cannot listen on "${host}" (${code ?? message}): set PORTHOLE_ADMIN_HOST to an address of this machine`,
    { code: 'PORTHOLE_ADMIN_HOST_UNUSABLE', cause },
  );
}

/** No folder takes the control socket. */
export function controlListenError(folders: readonly UnusableFolder[], cause?: unknown): PortholeError<AdminErrorCode> {
  return new PortholeError(noControlFolder(folders), { code: 'PORTHOLE_CONTROL_UNUSABLE', cause });
}

/** No folder takes the heartbeat. */
export function heartbeatError(folders: readonly UnusableFolder[], cause?: unknown): PortholeError<AdminErrorCode> {
  return new PortholeError(
    `no folder can hold the heartbeat, so probes cannot detect a blocked event loop: ${reasonsOf(folders)}; set PORTHOLE_DIR to one that this user can write to`,
    { code: 'PORTHOLE_HEARTBEAT_UNUSABLE', cause },
  );
}
