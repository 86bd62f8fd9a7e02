import { once } from 'node:events';
import { constants, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { startCollector } from '../testing/collector.js';
import {
  type CallAnswer,
  type GrpcReceiver,
  replyStatus,
  retryInfo,
  startGrpcReceiver,
} from '../testing/grpc-receiver.js';
import { createOtlpClient } from './otlp-client.js';
import { createOtlpExporter, type OtlpExporter, type OtlpRequest } from './otlp-exporter.js';
import type { OtlpClientOptions } from './otlp-transport.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close();
});

const receiver = async (answer: CallAnswer): Promise<GrpcReceiver> => {
  const started = await startGrpcReceiver(answer);
  open.push(started);
  return started;
};

interface Settings extends Partial<OtlpClientOptions> {
  readonly maxAttempts?: number;
  readonly exportTimeoutMs?: number;
}

const exporterTo = (endpoint: string, settings: Settings = {}): OtlpExporter => {
  const { maxAttempts = 5, exportTimeoutMs = Number.POSITIVE_INFINITY, ...others } = settings;
  const options: OtlpClientOptions = {
    signal: 'traces',
    headers: {},
    timeoutMs: 10_000,
    ...others,
    endpoint,
    protocol: 'grpc',
  };
  const exporter = createOtlpExporter({
    client: createOtlpClient(options),
    maxAttempts,
    exportTimeoutMs,
    initialBackoffMs: 1,
  });
  open.push(exporter);
  return exporter;
};

const REQUEST: OtlpRequest = { items: 10, message: [Buffer.from('head-'), Buffer.from('body')] };
const allExported = { exported: 10, failed: 0, errorType: '' };
const allFailed = (errorType: string): object => ({ exported: 0, failed: 10, errorType });

/** Answers with these codes in turn, the last one for ever. */
const inTurn =
  (...codes: readonly number[]): CallAnswer =>
  (stream, index) =>
    replyStatus(stream, codes[Math.min(index, codes.length - 1)] as number);

describe('the gRPC client', () => {
  test('calls the method of its signal with a framed message, metadata and a time limit', async () => {
    const { url, calls } = await receiver(inTurn(0));
    const headers = { Authorization: 'Bearer x', te: 'gzip', 'content-type': 'text/plain' };
    expect(await exporterTo(`${url}/ignored`, { headers, timeoutMs: 5000 }).export(REQUEST)).toEqual(allExported);
    expect(await exporterTo(url, { signal: 'metrics' }).export(REQUEST)).toEqual(allExported);
    expect(calls[0]?.headers).toMatchObject({
      ':method': 'POST',
      ':scheme': 'http',
      ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      'content-type': 'application/grpc',
      te: 'trailers',
      authorization: 'Bearer x',
      'grpc-timeout': '5000m',
      'user-agent': expect.stringMatching(/^porthole\/\d/),
    });
    expect(calls[1]?.headers[':path']).toBe('/opentelemetry.proto.collector.metrics.v1.MetricsService/Export');
    expect(calls[0]?.frame.toString('latin1')).toBe('\0\0\0\0\x09head-body');
  });

  test('keeps its connection', async () => {
    const server = await receiver(inTurn(0));
    const exporter = exporterTo(server.url);
    for (let i = 0; i < 3; i++) expect(await exporter.export(REQUEST)).toEqual(allExported);
    expect(server.connections).toBe(1);
  });

  test('compresses where it is asked to', async () => {
    const { url, calls } = await receiver(inTurn(0));
    expect(await exporterTo(url, { compression: 'gzip' }).export(REQUEST)).toEqual(allExported);
    const frame = calls[0]?.frame as Buffer;
    expect(calls[0]?.headers['grpc-encoding']).toBe('gzip');
    expect([frame[0], frame.readUInt32BE(1)]).toEqual([1, frame.length - 5]);
    expect(gunzipSync(frame.subarray(5)).toString()).toBe('head-body');
  });

  test.each([1, 4, 10, 11, 14, 15])('sends the same request again after status %i', async (code) => {
    const { url, calls } = await receiver(inTurn(code, code, 0));
    expect(await exporterTo(url).export(REQUEST)).toEqual(allExported);
    expect(new Set(calls.map(({ frame }) => frame.toString('latin1')))).toEqual(new Set(['\0\0\0\0\x09head-body']));
    expect(calls.length).toBe(3);
  });

  test.each([
    [2, 'UNKNOWN'],
    [3, 'INVALID_ARGUMENT'],
    [5, 'NOT_FOUND'],
    [6, 'ALREADY_EXISTS'],
    [7, 'PERMISSION_DENIED'],
    [8, 'RESOURCE_EXHAUSTED'],
    [9, 'FAILED_PRECONDITION'],
    [12, 'UNIMPLEMENTED'],
    [13, 'INTERNAL'],
    [16, 'UNAUTHENTICATED'],
    [99, 'UNKNOWN'],
  ])('gives up at once after status %i', async (code, status) => {
    const { url, calls } = await receiver(inTurn(code));
    expect(await exporterTo(url).export(REQUEST)).toEqual(allFailed(status));
    expect(calls.length).toBe(1);
  });

  test('gives up after its attempts, and the next request may succeed', async () => {
    const { url, calls } = await receiver(inTurn(14, 14, 14, 0));
    const exporter = exporterTo(url, { maxAttempts: 3 });
    expect(await exporter.export(REQUEST)).toEqual(allFailed('UNAVAILABLE'));
    expect(calls.length).toBe(3);
    expect(await exporter.export(REQUEST)).toEqual(allExported);
  });

  test.each([
    ['in the head', (stream: ServerHttp2Stream) => replyStatus(stream, 8, { 'grpc-status-details-bin': retryInfo(1) })],
    [
      'in trailers',
      (stream: ServerHttp2Stream) => {
        stream.respond({ ':status': 200 }, { waitForTrailers: true });
        stream.on('wantTrailers', () => {
          stream.sendTrailers({ 'grpc-status': '8', 'grpc-status-details-bin': retryInfo(1) });
        });
        stream.end();
      },
    ],
  ])('waits as long as RetryInfo %s says, also before the request that comes next', async (_, exhausted) => {
    const { url, calls } = await receiver((stream, index) =>
      index === 0 ? exhausted(stream) : replyStatus(stream, 0),
    );
    const exporter = exporterTo(url, { maxAttempts: 1 });
    expect(await exporter.export(REQUEST)).toEqual(allFailed('RESOURCE_EXHAUSTED'));
    exporter.skipBackoff();
    expect(await exporter.export(REQUEST)).toEqual(allExported);
    expect((calls[1]?.atMs ?? 0) - (calls[0]?.atMs ?? 0)).toBeGreaterThan(990);
  });

  test('counts what a partial success rejects', async () => {
    const { url } = await receiver((stream) => replyStatus(stream, 0, {}, '\x0a\x02\x08\x03'));
    expect(await exporterTo(url).export(REQUEST)).toEqual({ exported: 7, failed: 3, errorType: 'rejected' });
  });

  test.each([
    ['REFUSED_STREAM', constants.NGHTTP2_REFUSED_STREAM, 2, 'UNAVAILABLE'],
    ['CANCEL', constants.NGHTTP2_CANCEL, 2, 'CANCELLED'],
    ['ENHANCE_YOUR_CALM', constants.NGHTTP2_ENHANCE_YOUR_CALM, 1, 'RESOURCE_EXHAUSTED'],
    ['INTERNAL_ERROR', constants.NGHTTP2_INTERNAL_ERROR, 1, 'INTERNAL'],
    ['NO_ERROR', constants.NGHTTP2_NO_ERROR, 2, 'UNAVAILABLE'],
  ])('tells a stream that is reset with %s', async (_, code, attempts, status) => {
    const { url, calls } = await receiver((stream) => stream.close(code));
    expect(await exporterTo(url, { maxAttempts: 2 }).export(REQUEST)).toEqual(allFailed(status));
    expect(calls.length).toBe(attempts);
  });

  test.each([
    [503, 2, 'UNAVAILABLE'],
    [401, 1, 'UNAUTHENTICATED'],
    [404, 1, 'UNIMPLEMENTED'],
    [500, 1, 'UNKNOWN'],
  ])('tells an answer of a proxy with HTTP status %i', async (httpStatus, attempts, status) => {
    const { url, calls } = await receiver((stream) => {
      stream.respond({ ':status': httpStatus, 'content-type': 'text/html' });
      stream.end('<html>');
    });
    expect(await exporterTo(url, { maxAttempts: 2 }).export(REQUEST)).toEqual(allFailed(status));
    expect(calls.length).toBe(attempts);
  });

  test('goes on over a new connection after GOAWAY, and repeats what the receiver has not seen', async () => {
    const server = await receiver((stream, index) => {
      // Streams of a client have the numbers 1, 3, 5.
      if (index === 1) stream.session?.goaway(constants.NGHTTP2_NO_ERROR, 1);
      else replyStatus(stream, 0);
    });
    const exporter = exporterTo(server.url, { timeoutMs: 3_600_000 });
    expect(await exporter.export(REQUEST)).toEqual(allExported);
    expect(await exporter.export(REQUEST)).toEqual(allExported);
    expect(server.calls.length).toBe(3);
    expect(server.connections).toBe(2);
  });

  test('takes the answer to a call that was under way at a GOAWAY', async () => {
    const server = await receiver((stream) => {
      stream.session?.goaway(constants.NGHTTP2_NO_ERROR, stream.id);
      setImmediate(() => replyStatus(stream, 0));
    });
    const exporter = exporterTo(server.url);
    expect(await exporter.export(REQUEST)).toEqual(allExported);
    expect(await exporter.export(REQUEST)).toEqual(allExported);
    expect(server.calls.length).toBe(2);
    expect(server.connections).toBe(2);
  });

  test('tells a refused connection, and tries it again', async () => {
    const { url, close } = await startGrpcReceiver(inTurn(0));
    await close();
    expect(await exporterTo(url, { maxAttempts: 3 }).export(REQUEST)).toEqual(allFailed('ECONNREFUSED'));
  });

  test('tells a connection that is cut, and tries it again', async () => {
    const server = await receiver((stream, index) => {
      if (index === 0) stream.session?.destroy();
      else replyStatus(stream, 0);
    });
    expect(await exporterTo(server.url).export(REQUEST)).toEqual(allExported);
    expect(server.calls.length).toBe(2);
  });

  test('fails at a receiver that speaks HTTP/1', async () => {
    const { url, close } = await startCollector((response) => response.end());
    open.push({ close });
    const outcome = await exporterTo(url, { maxAttempts: 2, timeoutMs: 2000 }).export(REQUEST);
    expect(outcome).toMatchObject({ exported: 0, failed: 10 });
  });

  test('gives up on a receiver that never answers', async () => {
    const silent = await receiver(() => {});
    const exporter = exporterTo(silent.url, { timeoutMs: 500, maxAttempts: 2 });
    expect(await exporter.export(REQUEST)).toEqual(allFailed('timeout'));
    expect(silent.calls.length).toBe(2);
    expect(silent.maxOpen).toBe(1);
  });

  test('gives up on a receiver that accepts and never reads', async () => {
    const server = createServer((socket) => socket.pause().on('error', () => {})).listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push({ close: () => server.close() });
    const { port } = server.address() as AddressInfo;
    const big: OtlpRequest = { items: 10, message: [Buffer.alloc(8_000_000)] };
    const exporter = exporterTo(`http://127.0.0.1:${port}/`, { timeoutMs: 50, maxAttempts: 1 });
    expect(await exporter.export(big)).toEqual(allFailed('timeout'));
  });

  test('is not held up by an answer that drips: the time is for the whole of it', async () => {
    const { url } = await receiver((stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
      const timer = setInterval(() => stream.write('\0'), 2);
      stream.on('close', () => clearInterval(timer));
    });
    expect(await exporterTo(url, { timeoutMs: 50, maxAttempts: 1 }).export(REQUEST)).toEqual(allFailed('timeout'));
  });

  test('reads no more of an answer than it needs', async () => {
    const { url } = await receiver((stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
      const flood = (): void => {
        while (!stream.destroyed && stream.write('x'.repeat(16_384)));
      };
      stream.on('drain', flood);
      flood();
    });
    expect(await exporterTo(url).export(REQUEST)).toEqual(allFailed('RESOURCE_EXHAUSTED'));
  });

  test('keeps to the time for an export with all its attempts', async () => {
    const { url, calls } = await receiver(inTurn(14));
    const exporter = exporterTo(url, { maxAttempts: 1_000_000, exportTimeoutMs: 100 });
    const outcome = await exporter.export(REQUEST);
    expect(outcome.failed).toBe(10);
    // The last attempt may have been cut short.
    expect(['UNAVAILABLE', 'timeout']).toContain(outcome.errorType);
    expect(calls.length).toBeGreaterThan(1);
  });

  test('ends what is under way when it is closed', async () => {
    const silent = await receiver(() => {});
    const exporter = exporterTo(silent.url);
    const outcome = exporter.export(REQUEST);
    await silent.received(1);
    exporter.close();
    expect(await outcome).toEqual(allFailed('closed'));
    expect(await exporter.export(REQUEST)).toEqual(allFailed('closed'));
  });

  test('counts metadata that HTTP/2 refuses as a failure, and does not try it again', async () => {
    const { url, calls } = await receiver(inTurn(0));
    expect(await exporterTo(url, { headers: { connection: 'close' } }).export(REQUEST)).toEqual(
      allFailed('ERR_HTTP2_INVALID_CONNECTION_HEADERS'),
    );
    expect(calls.length).toBe(0);
  });
});
