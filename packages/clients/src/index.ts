export type { MongoClient } from './record-mongo.js';
export { recordMongo } from './record-mongo.js';
export type { PgClient, PgPool } from './record-pg.js';
export { recordPg } from './record-pg.js';
export type { PrismaExtension, PrismaOperation, RecordPrismaOptions } from './record-prisma.js';
export { recordPrisma } from './record-prisma.js';
export type { ClientErrorCode } from './reject-wrong-client.js';
export type { Watch } from './watch-channel.js';
export { watchClients } from './watch-clients.js';
