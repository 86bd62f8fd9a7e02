// What a service is without Porthole that hands its logger to Fastify, and wants no lines of Fastify's own.
const { fastify } = require('fastify');
const { pino } = require('pino');
const { logController } = require('./no-request-lines.cjs');
const { addRoutes, listen } = require('./routes.cjs');

const app = fastify({ loggerInstance: pino({ level: 'info' }), logController });
addRoutes(app);
listen(app);
