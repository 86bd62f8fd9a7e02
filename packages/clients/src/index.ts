export { watchClients } from './watch-clients.js';
export type { Watch } from './watch-ioredis.js';
