/** Every error that Fastify logs by itself is in exactly one line when Porthole mutes Fastify's lines. */
import { get } from 'node:http';
import { connect, constants } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { addObserver, type WorkRecord } from '@porthole/core/internal';
import { instrumentFastify, instrumentInbound, recordError } from '@porthole/http';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const inbound = instrumentInbound({ describeRequest: ({ path }) => path !== '/left-out' });
afterAll(() => inbound.close());

/** An error of a case, to find it in lines and on records. */
class Failure extends Error {}

/** Sends a chunk, then fails. */
function failingStream(): Readable {
  const stream = new Readable({ read() {} });
  stream.push('part');
  setImmediate(() => setImmediate(() => stream.destroy(new Failure('stream'))));
  return stream;
}

async function* failingGenerator(): AsyncGenerator<string> {
  yield 'part';
  await nextTurn();
  await nextTurn();
  throw new Failure('generator');
}

function failingWebStream(): ReadableStream {
  const source = failingGenerator();
  return new ReadableStream({
    pull: async (controller) => {
      const { value } = await source.next();
      controller.enqueue(Buffer.from(value as string));
    },
  });
}

/** Failing routes, by their names. */
const CASES: Readonly<Record<string, (app: FastifyInstance, path: string) => void>> = {
  thrown: (app, path) => void app.get(path, fails('thrown')),
  sent: (app, path) => void app.get(path, (_request, reply) => void reply.send(new Failure('sent'))),
  text: (app, path) =>
    void app.get(path, async () => {
      throw 'thrown text';
    }),
  object: (app, path) =>
    void app.get(path, async () => {
      throw { message: 'thrown object' };
    }),
  null: (app, path) =>
    void app.get(path, async () => {
      throw null;
    }),
  undefined: (app, path) =>
    void app.get(path, async () => {
      throw undefined;
    }),
  'left-out': (app, path) => void app.get(path, fails('left out when it is over')),
  unrecorded: (app, path) =>
    void app.get(path, { config: { porthole: { record: false } } }, fails('of a route without records')),
  preHandler: (app, path) => void app.get(path, { preHandler: fails('preHandler') }, answer),
  onSend: (app, path) => void app.get(path, { onSend: fails('onSend') }, answer),
  'onResponse-throws': (app, path) =>
    void app.get(
      path,
      {
        onResponse: () => {
          throw new Failure('onResponse throws');
        },
      },
      answer,
    ),
  'onResponse-rejects': (app, path) => void app.get(path, { onResponse: fails('onResponse rejects') }, answer),
  'onResponse-later': (app, path) =>
    void app.get(
      path,
      {
        onResponse: async () => {
          await nextTurn();
          throw new Failure('onResponse later');
        },
      },
      answer,
    ),
  'onResponse-after-500': (app, path) =>
    void app.get(path, { onResponse: fails('onResponse after 500') }, fails('before onResponse')),
  errorHandler: (app, path) =>
    void app.register(async (child) => {
      child.setErrorHandler(fails('in the error handler'));
      child.get(path, fails('before the error handler'));
    }),
  'errorHandler-sync': (app, path) =>
    void app.register(async (child) => {
      child.setErrorHandler(() => {
        throw new Failure('in the sync error handler');
      });
      child.get(path, fails('before the sync error handler'));
    }),
  'response-serializer': (app, path) =>
    void app.get(
      path,
      { serializerCompiler: () => () => fail('response serializer'), schema: { response: { 200: {} } } },
      async () => ({}),
    ),
  'error-serializer': (app, path) =>
    void app.get(
      path,
      { serializerCompiler: () => () => fail('error serializer'), schema: { response: { 500: {} } } },
      fails('before the error serializer'),
    ),
  'bad-header': (app, path) =>
    void app.get(path, async () => {
      throw Object.assign(new Failure('with a bad header'), { headers: { 'x-bad': 'a\nb' } });
    }),
  replaced: (app, path) =>
    void app.get(
      path,
      { onSend: async () => recordError(new Failure('put in its place')) },
      fails('replaced by the application'),
    ),
  stream: (app, path) => void app.get(path, (_request, reply) => reply.send(failingStream())),
  webStream: (app, path) => void app.get(path, (_request, reply) => reply.send(failingWebStream())),
  response: (app, path) =>
    void app.get(path, (_request, reply) => reply.send(new Response(failingWebStream(), { status: 201 }))),
  generator: (app, path) => void app.get(path, (_request, reply) => reply.send(Readable.from(failingGenerator()))),
  'stream-closed': (app, path) =>
    void app.get(path, (_request, reply) => {
      const stream = new Readable({ read() {} });
      stream.push('part');
      setImmediate(() => setImmediate(() => stream.destroy()));
      return reply.send(stream);
    }),
  'raw-destroyed': (app, path) =>
    void app.get(path, (_request, reply) => {
      reply.hijack();
      reply.raw.write('part');
      setImmediate(() => reply.raw.destroy(new Failure('raw')));
    }),
};

const STREAMS = ['stream', 'webStream', 'response', 'generator', 'stream-closed', 'raw-destroyed'];

describe.each([
  ['HTTP/1.1', false],
  ['HTTP/2', true],
])('over %s', (_protocol, http2) => {
  let bare: Served;
  let watched: Served;
  beforeAll(async () => {
    bare = await serve(http2);
    const instrumentation = instrumentFastify({ recordLines: true });
    watched = await serve(http2);
    return async () => {
      instrumentation.close();
      await Promise.all([bare.app.close(), watched.app.close()]);
    };
  });

  test.each(Object.keys(CASES))('%s: each error that Fastify logs by itself is in a line, once', async (name) => {
    const { errors } = await outcome(bare, name, http2, false);
    const { errors: lines, record } = await outcome(watched, name, http2, true);
    const shown = record?.error === undefined ? lines : [...lines, messageOf(record.error)];
    expect(shown).toEqual(expect.arrayContaining([...errors]));
    expect(new Set(shown).size).toBe(shown.length);
  });

  test.each(STREAMS)('%s: a failure after the head is a failure of the server, not aborted', async (name) => {
    const { record } = await outcome(watched, name, http2, true);
    expect(record).toMatchObject({ aborted: false, status: name === 'response' ? 201 : 200 });
    expect(record?.errorType).toBe(name === 'stream-closed' ? 'Error' : 'Failure');
  });

  test.each(['/waiting', '/waiting-web'])(
    '%s: a request that the client cancels is aborted, without another line',
    async (path) => {
      const ended = recordOf(path);
      await cancel(watched.app, path, http2);
      expect(await ended).toMatchObject({ aborted: true, status: 200, errorType: 'aborted', error: undefined });
      await settle();
      expect(watched.lines.splice(0)).toEqual([]);
    },
  );
});

interface Served {
  readonly app: FastifyInstance;
  readonly lines: Readonly<Record<string, unknown>>[];
}

async function serve(http2: boolean): Promise<Served> {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const app = fastify({
    logger: { stream },
    ...(http2 ? { http2: true } : {}),
  } as object) as unknown as FastifyInstance;
  for (const [name, define] of Object.entries(CASES)) define(app, `/${name}`);
  app.get('/waiting', (_request, reply: FastifyReply) => {
    const body = new Readable({ read() {} });
    body.push('part');
    return reply.send(body);
  });
  app.get('/waiting-web', (_request, reply: FastifyReply) =>
    reply.send(new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('part')) })),
  );
  await app.listen({ port: 0, host: '127.0.0.1' });
  lines.splice(0);
  return { app, lines };
}

/** Requests a case. Returns the error messages in Fastify's lines, and the record. */
async function outcome(
  { app, lines }: Served,
  name: string,
  http2: boolean,
  isRecorded: boolean,
): Promise<{ errors: readonly string[]; record: WorkRecord | undefined }> {
  const isLeftOut = name === 'left-out' || name === 'unrecorded';
  const ended = isRecorded && !isLeftOut ? recordOf(`/${name}`) : undefined;
  await sendRequest(app, `/${name}`, http2);
  const record = await ended;
  await settle();
  const written = lines.splice(0).filter(({ err }) => err !== undefined);
  return { errors: written.map(({ err }) => messageOf(err)), record };
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null ? String((error as Error).message) : String(error);
}

/** A hook that runs after the response may take some turns. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await nextTurn();
}

function recordOf(path: string): Promise<WorkRecord> {
  return new Promise((resolve) => {
    const remove = addObserver({
      component: 'test',
      end: (record) => {
        if (record.path !== path) return;
        remove();
        resolve(record);
      },
    });
  });
}

function sendRequest(app: FastifyInstance, path: string, http2: boolean): Promise<void> {
  const { port } = app.server.address() as AddressInfo;
  return new Promise((resolve) => {
    if (http2) {
      const session = connect(`http://127.0.0.1:${port}`).on('error', () => {});
      const stream = session.request({ ':path': path });
      stream.on('error', () => {}).resume();
      stream.on('close', () => {
        session.close();
        resolve();
      });
      return;
    }
    const request = get({ port, host: '127.0.0.1', path, agent: false }, (response) =>
      response.on('error', () => {}).resume(),
    );
    request.on('error', () => {}).on('close', resolve);
  });
}

/** Leaves after the first chunk of the response. */
function cancel(app: FastifyInstance, path: string, http2: boolean): Promise<void> {
  const { port } = app.server.address() as AddressInfo;
  return new Promise((resolve) => {
    if (http2) {
      const session = connect(`http://127.0.0.1:${port}`).on('error', () => {});
      const stream = session.request({ ':path': path });
      stream.on('error', () => {}).once('data', () => stream.close(constants.NGHTTP2_CANCEL));
      stream.on('close', () => {
        session.close();
        resolve();
      });
      return;
    }
    const request = get({ port, host: '127.0.0.1', path, agent: false }, (response) => {
      response.on('error', () => {}).once('data', () => request.destroy());
    });
    request.on('error', () => {}).on('close', resolve);
  });
}

async function answer(): Promise<string> {
  return 'ok';
}

function fail(message: string): never {
  throw new Failure(message);
}

function fails(message: string): () => Promise<never> {
  return async () => fail(message);
}
