import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { noLog } from '@porthole/core/internal';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Answer } from './answer.js';
import { type BoundedServer, type BoundedServerOptions, createBoundedServer } from './bounded-server.js';
import { sendRaw } from './testing/raw-request.js';

const host = '127.0.0.1';
let answer: Answer;
let bounded: BoundedServer;
const options: BoundedServerOptions = {
  component: 'test',
  handle: async () => answer,
  inactivityTimeoutMs: 0,
  stallTimeoutMs: 60_000,
  answerTimeoutMs: 0,
  log: noLog,
};
const onRejection = vi.fn();

beforeEach(async () => {
  answer = { status: 200, body: 'ok\n', contentType: 'text/plain' };
  bounded = createBoundedServer(options);
  await bounded.listen({ host, port: 0 });
  onRejection.mockClear();
  process.on('unhandledRejection', onRejection);
});
afterEach(async () => {
  process.off('unhandledRejection', onRejection);
  await bounded.close();
});

/** Rejections are told as unhandled once all that was queued has run. */
const untilRejectionsAreTold = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('an answer that cannot be written closes the connection, and nothing reaches the application', async () => {
  answer = { ...answer, headers: { 'x-torn': 'a\r\nb' } };
  const { port } = bounded.server.address() as AddressInfo;
  expect(await sendRaw({ host, port }, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')).toBe('');
  await untilRejectionsAreTold();
  expect(onRejection).not.toHaveBeenCalled();
});

test('an answer to a caller that has left is released, and starts no timer', async () => {
  const release = vi.fn();
  const setTimer = vi.spyOn(globalThis, 'setTimeout');
  let finish = (_answer: Answer): void => {};
  const slow = createBoundedServer({ ...options, handle: () => new Promise((resolve) => (finish = resolve)) });
  await slow.listen({ host, port: 0 });
  const caller = connect((slow.server.address() as AddressInfo).port, host);
  const requested = once(slow.server, 'request');
  caller.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  const [, response] = await requested;
  const left = once(response, 'close');
  caller.resetAndDestroy();
  await left;

  finish({ ...answer, release });
  await untilRejectionsAreTold();
  expect(release).toHaveBeenCalledTimes(1);
  expect(setTimer.mock.calls.filter(([, ms]) => ms === options.stallTimeoutMs)).toEqual([]);
  setTimer.mockRestore();
  await slow.close();
});

test('a server that is closed while it starts is closed when it has', async () => {
  const other = createBoundedServer(options);
  const started = other.listen({ host: 'localhost', port: 0 });
  await other.close();
  expect(other.server.listening).toBe(false);
  await started;
});

test('an error of a server that was told to listen twice does not reach the application', async () => {
  await expect(bounded.listen({ host, port: 0 })).rejects.toMatchObject({ code: 'ERR_SERVER_ALREADY_LISTEN' });
  // As where no file descriptor is left for a connection.
  bounded.server.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }));
  await untilRejectionsAreTold();
  expect(onRejection).not.toHaveBeenCalled();
});
