import { portholePlugin } from '@porthole/fastify';
import { porthole } from '@porthole/sdk';
import { fastify, LogController } from 'fastify';
import { addRoutes, listen } from './routes.cjs';

const { logger, onShutdown } = porthole();
// With the kill switch Fastify's own lines are back, which are not what the switch costs.
class OwnLines extends LogController {}
const logController = new OwnLines();
logController.disableRequestLogging = true;
const app = fastify({ loggerInstance: logger, ...(process.env.REQUEST_LINES === 'off' ? { logController } : {}) });
await app.register(portholePlugin);
addRoutes(app);
onShutdown('http', () => app.close());
await listen(app);
