// Keeps Fastify's own lines out of what a logger or the kill switch costs. A class of its own: Porthole leaves such a controller alone.
const { LogController } = require('fastify');

class NoRequestLines extends LogController {}
exports.logController = new NoRequestLines();
exports.logController.disableRequestLogging = true;
