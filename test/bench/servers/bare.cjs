const { fastify } = require('fastify');
const { addRoutes, listen } = require('./routes.cjs');

const app = fastify();
addRoutes(app);
listen(app);
