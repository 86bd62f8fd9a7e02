import { portholePlugin } from '@porthole/fastify';
import { porthole } from '@porthole/sdk';
import { fastify } from 'fastify';
import { addRoutes, listen } from './routes.cjs';

const { logger, onShutdown } = porthole();
const app = fastify({ loggerInstance: logger });
await app.register(portholePlugin);
addRoutes(app);
onShutdown('http', () => app.close());
await listen(app);
