// What a service is without Porthole that hands its logger to Fastify, and wants no lines of Fastify's own.
const { fastify, LogController } = require('fastify');
const { pino } = require('pino');
const { addRoutes, listen } = require('./routes.cjs');

class OwnLines extends LogController {}
const logController = new OwnLines();
logController.disableRequestLogging = true;
const app = fastify({ loggerInstance: pino({ level: 'info' }), logController });
addRoutes(app);
listen(app);
