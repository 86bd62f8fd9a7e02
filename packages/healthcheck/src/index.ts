export { chooseControlSocket, noteOfOthers } from './choose-control-socket.js';
export { probe } from './probe.js';
export type { ProbeName, ProbeOptions, ProbeOutcome } from './probe-options.js';
