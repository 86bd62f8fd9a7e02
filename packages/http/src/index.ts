export type { Connections } from './connections.js';
export { watchConnections } from './connections.js';
export type { Watch } from './inbound.js';
export { watchInbound } from './inbound.js';
export { watchOutboundFetch } from './outbound-fetch.js';
export { watchOutboundHttp } from './outbound-http.js';
