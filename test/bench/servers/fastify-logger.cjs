// Fastify's own logging, as its documentation has it.
const { fastify } = require('fastify');
const { addRoutes, listen } = require('./routes.cjs');

const app = fastify({ logger: true });
addRoutes(app);
listen(app);
