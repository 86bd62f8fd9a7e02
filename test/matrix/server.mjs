// Routes that do a bit of everything that has a context: log lines, spans, calls by both clients, work that is not HTTP.
import { createServer, get } from 'node:http';
import { propagation, trace } from '@opentelemetry/api';
import { porthole } from '@porthole/sdk';
import { fastify } from 'fastify';

export async function serve() {
  const { logger, withRecord, onShutdown } = porthole();
  const upstream = createServer((request, response) => {
    const { traceparent, baggage } = request.headers;
    // In pieces, so that answers of several requests mix.
    setTimeout(() => response.end(JSON.stringify({ traceparent, baggage })), 1);
  });
  await new Promise((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${upstream.address().port}`;

  const app = fastify({ loggerInstance: logger });
  app.get('/orders/:id', async (request) => {
    request.log.info({ id: request.params.id }, 'begin');
    const span = trace.getTracer('matrix').startSpan('work');
    await new Promise((resolve) => setTimeout(resolve, 1));
    span.end();
    const fetched = await (await fetch(`${url}/fetched`)).json();
    const got = await new Promise((resolve, reject) => {
      get(`${url}/got`, async (response) => resolve(JSON.parse((await response.toArray()).join('')))).on(
        'error',
        reject,
      );
    });
    await withRecord({ name: 'job' }, async () => {
      await null;
      logger.info({ id: request.params.id }, 'inside the job');
    });
    logger.info({ id: request.params.id }, 'end');
    return { fetched, got, baggage: propagation.getActiveBaggage()?.getEntry('id')?.value };
  });
  app.post('/orders', async (request) => ({ bytes: request.body.text.length }));
  app.get('/broken/:id', async () => {
    throw new Error('out of stock');
  });
  onShutdown('http', () => app.close());
  onShutdown('upstream', () => upstream.close());
  await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
}
