import { setTimeout as sleep } from 'node:timers/promises';
import type { Porthole } from '@porthole/sdk';
import type { FastifyPluginAsync } from 'fastify';
import type { OrderStore } from './order-store.js';

export interface OrderRoutesOptions {
  readonly store: OrderStore;
  /** Base URL of the shipping service. */
  readonly shippingUrl: string;
  readonly withRecord: Porthole['withRecord'];
}

interface OrderParams {
  Params: { readonly id: string };
}

const newOrder = {
  body: {
    type: 'object',
    required: ['item', 'quantity'],
    additionalProperties: false,
    properties: { item: { type: 'string', minLength: 1, maxLength: 100 }, quantity: { type: 'integer', minimum: 1 } },
  },
};

const availability = {
  body: { type: 'object', required: ['available'], properties: { available: { type: 'boolean' } } },
};

export const orderRoutes: FastifyPluginAsync<OrderRoutesOptions> = async (app, { store, shippingUrl, withRecord }) => {
  app.get('/orders', async () => store.all());

  app.post<{ Body: { item: string; quantity: number } }>('/orders', { schema: newOrder }, async (request, reply) => {
    const order = store.add(request.body.item, request.body.quantity);
    request.log.info({ 'order.id': order.id }, 'order accepted');
    return reply.code(201).send(order);
  });

  app.get<OrderParams>('/orders/:id', async (request, reply) => {
    const order = store.find(Number(request.params.id));
    return order ?? reply.code(404).send({ error: `there is no order ${request.params.id}` });
  });

  app.get<OrderParams>('/orders/:id/shipping', async (request, reply) => {
    const answer = await fetch(`${shippingUrl}/carriers/quote?order=${encodeURIComponent(request.params.id)}`);
    return reply.code(answer.status).send(await answer.json());
  });

  app.post<OrderParams>('/orders/:id/refund', (request) =>
    withRecord({ name: 'refund' }, async () => {
      throw new Error(`the payment provider refused to refund order ${request.params.id}`);
    }),
  );

  app.get('/reports/daily', () =>
    withRecord({ name: 'daily-report' }, async () => {
      await sleep(400);
      return { orders: store.all().length };
    }),
  );

  app.put<{ Body: { available: boolean } }>('/store', { schema: availability }, async (request) => {
    store.setAvailable(request.body.available);
    return { available: request.body.available };
  });
};
