// Fastify's own logging and fastify-metrics: what many services have without traces.
const { fastify } = require('fastify');
const fastifyMetrics = require('fastify-metrics');
const { addRoutes, listen } = require('./routes.cjs');

const app = fastify({ logger: true });
app.register(fastifyMetrics.default ?? fastifyMetrics, { endpoint: '/metrics' });
app.register(async (scope) => addRoutes(scope));
listen(app);
