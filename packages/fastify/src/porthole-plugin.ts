/** Porthole for Fastify: puts the routes, their settings and the errors of requests on the records. */
import { addFastifyHooks, type FastifyApp, type RouteConfig } from '@porthole/http';
import type { FastifyPluginAsync } from 'fastify';
import fastifyPlugin from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Whether and how Porthole records the requests of the route. @defaultValue they are recorded, with nothing added
     */
    readonly porthole?: RouteConfig;
  }
}

/**
 * Puts the template of the route and the error of each request on its record, and so on the request's line.
 * Applications that are made after Porthole has started have this already. Register it for those that were made before;
 * a second time it has no effect. Register it first, so that requests which later hooks reject have a route too.
 *
 * @example
 * const app = fastify({ loggerInstance: logger });
 * await app.register(portholePlugin);
 */
export const portholePlugin: FastifyPluginAsync = fastifyPlugin(
  async (app) => addFastifyHooks(app as unknown as FastifyApp),
  { name: '@porthole/fastify', fastify: '5.x' },
);
