import { portholePlugin } from '@porthole/fastify';
import { porthole } from '@porthole/sdk';
import { fastify } from 'fastify';
import { logController } from './no-request-lines.cjs';
import { addRoutes, listen } from './routes.cjs';

const { logger, onShutdown } = porthole();
const app = fastify({ loggerInstance: logger, ...(process.env.REQUEST_LINES === 'off' ? { logController } : {}) });
await app.register(portholePlugin);
addRoutes(app);
onShutdown('http', () => app.close());
await listen(app);
