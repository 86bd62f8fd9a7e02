/**
 * For clients of the control socket, such as the probe: loads neither the context nor the configuration. Not under
 * semantic versioning.
 */
export type { ControlSocket } from './control/control-directory.js';
export { controlFolders, findControlSockets } from './control/control-directory.js';
export type { Heartbeat } from './control/heartbeat-file.js';
export { findHeartbeats, HEARTBEAT_INTERVAL_MS, readBlockingStack } from './control/heartbeat-file.js';
export type { ProvenControlSocket } from './control/prove-control-sockets.js';
export { linkOf, PROOF_HEADER, proveControlSockets } from './control/prove-control-sockets.js';
