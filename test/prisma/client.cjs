// What packages/clients/src/record-prisma.test.ts asks with.
const pg = require('pg');
const { PrismaPg } = require('@prisma/adapter-pg');
const { PrismaClient } = require('./generated/index.js');

exports.createPool = (config) => new pg.Pool(config);
exports.createClient = (pool) => new PrismaClient({ adapter: new PrismaPg(pool) });
