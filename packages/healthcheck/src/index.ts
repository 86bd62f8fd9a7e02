export { chooseControlSocket, noteOfOthers } from './choose-control-socket.js';
export type { ProbeName, ProbeOptions, ProbeOutcome } from './probe.js';
export { probe } from './probe.js';
