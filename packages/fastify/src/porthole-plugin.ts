/** Porthole for Fastify: the route's template and the error of each request go on its record, which makes the request's line. */
import type { WorkRecord } from '@porthole/core';
import { activeRecord } from '@porthole/core/internal';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { muteRequestLines } from './mute-request-lines.js';

/**
 * Register it first, so that requests which later hooks reject have a route too:
 *
 * @example
 * const app = fastify({ loggerInstance: logger });
 * await app.register(portholePlugin);
 */
export const portholePlugin: FastifyPluginAsync = fastifyPlugin(watchRoutes, {
  name: '@porthole/fastify',
  fastify: '5.x',
});

async function watchRoutes(app: FastifyInstance): Promise<void> {
  muteRequestLines(app);
  app.addHook('onRequest', (request, _reply, done) => {
    const record = activeRequest();
    if (record !== undefined && !request.is404) record.route = request.routeOptions.url ?? '';
    done();
  });
  app.addHook('onError', (_request, _reply, error, done) => {
    const record = activeRequest();
    if (record !== undefined) record.error = error;
    done();
  });
}

/** The record of a request that came in; `inject` runs a route inside whatever work calls it. */
function activeRequest(): WorkRecord | undefined {
  const record = activeRecord();
  return record?.kind === 'server' ? record : undefined;
}
