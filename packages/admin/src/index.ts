export type { AdminAddress, AdminServer, AdminServerOptions } from './admin-server.js';
export { createAdminServer } from './admin-server.js';
export type { ControlServer, ControlServerOptions } from './control-server.js';
export { createControlServer } from './control-server.js';
export type { Heartbeat, HeartbeatOptions } from './heartbeat.js';
export { startHeartbeat } from './heartbeat.js';
export type { AdminErrorCode } from './listen-error.js';
