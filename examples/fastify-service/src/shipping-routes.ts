// The other service that orders calls. It lives in the same process, so that the example needs nothing beside it.
import type { FastifyPluginAsync } from 'fastify';

export const shippingRoutes: FastifyPluginAsync = async (app) => {
  app.get<{ Querystring: { order?: string } }>('/carriers/quote', async (request) => ({
    order: request.query.order,
    carrier: 'Express',
    price: 4.9,
  }));
};
