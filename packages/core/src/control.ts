/** For clients of the control socket, such as the probe: loads neither the context nor the configuration. Not under semantic versioning. */
export type { ControlSocket } from './control/control-directory.js';
export { findControlSockets } from './control/control-directory.js';
export { PROOF_HEADER, readNamespaceProof } from './control/read-namespace-proof.js';
