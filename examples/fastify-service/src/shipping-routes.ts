// The other service that orders calls. It lives in the same process, so that the example needs nothing beside it.
import type { FastifyPluginAsync } from 'fastify';

const quote = {
  querystring: { type: 'object', required: ['order'], properties: { order: { type: 'integer', minimum: 1 } } },
};

export const shippingRoutes: FastifyPluginAsync = async (app) => {
  app.get<{ Querystring: { order: number } }>('/carriers/quote', { schema: quote }, async (request) => ({
    order: request.query.order,
    carrier: 'Express',
    price: 4.9,
  }));
};
