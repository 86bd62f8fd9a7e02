import { portholePlugin } from '@porthole/fastify';
import { porthole } from '@porthole/sdk';
import { fastify } from 'fastify';
import { logController } from './no-request-lines.cjs';
import { addRoutes, listen } from './routes.cjs';

/** A function and no top-level await, so that it can be bundled as CommonJS as well. */
export async function start() {
  const { logger, onShutdown } = porthole();
  const app = fastify({ loggerInstance: logger, ...(process.env.REQUEST_LINES === 'off' ? { logController } : {}) });
  await app.register(portholePlugin);
  addRoutes(app);
  onShutdown('http', () => app.close());
  await listen(app);
}
