import { portholePlugin } from '@porthole/fastify';
import { porthole } from '@porthole/sdk';
import fastify from 'fastify';
import { orderRoutes } from './order-routes.js';
import { createOrderStore } from './order-store.js';
import { shippingRoutes } from './shipping-routes.js';

const { logger, health, withRecord, onShutdown } = porthole();
const store = createOrderStore();
const port = Number(process.env.PORT ?? 3000);

const app = fastify({ loggerInstance: logger });
await app.register(portholePlugin);
const shippingUrl = process.env.SHIPPING_URL ?? `http://127.0.0.1:${port}`;
await app.register(orderRoutes, { store, shippingUrl, withRecord });
await app.register(shippingRoutes);

health.readiness('store', () => store.ping(), { timeoutMs: 500 });
onShutdown('http', () => app.close());

await app.listen({ port, host: '0.0.0.0' });
