import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { afterEach, describe, expect, test } from 'vitest';
import { CA_CERT, CLIENT, SERVER } from '../testing/certificates.js';
import { reply, startCollector } from '../testing/collector.js';
import { replyStatus, startGrpcReceiver } from '../testing/grpc-receiver.js';
import { createOtlpClient } from './otlp-client.js';
import type { OtlpAnswer, OtlpClientOptions } from './otlp-transport.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close();
});

const sendTo = async (
  options: Partial<OtlpClientOptions> & { endpoint: string },
  message: Uint8Array,
): Promise<OtlpAnswer> => {
  const client = createOtlpClient({ signal: 'traces', headers: {}, timeoutMs: 10_000, ...options });
  open.push(client);
  return client.send(await client.encode([message]));
};

const EMPTY = ProtobufTraceSerializer.serializeRequest([]) as Uint8Array;
const MESSAGE = Buffer.from('message');
const accepted = { accepted: true, rejected: 0 };

describe('the HTTP client', () => {
  test('compresses where it is asked to', async () => {
    const collector = await startCollector((response) => reply(response, 200));
    open.push(collector);
    expect(await sendTo({ endpoint: collector.url, compression: 'gzip' }, MESSAGE)).toEqual(accepted);
    const [request] = collector.requests;
    expect(request?.headers).toMatchObject({ 'content-encoding': 'gzip', 'content-type': 'application/x-protobuf' });
    expect(gunzipSync(request?.body as Buffer).toString()).toBe('message');
  });

  test('sends JSON, and reads a partial success in it', async () => {
    const answer = '{"partialSuccess":{"rejectedSpans":"3"}}';
    const collector = await startCollector((response) =>
      reply(response, 200, { 'content-type': 'application/json' }, answer),
    );
    open.push(collector);
    const outcome = await sendTo({ endpoint: collector.url, protocol: 'http/json' }, EMPTY);
    expect(outcome).toEqual({ accepted: true, rejected: 3 });
    expect(collector.requests[0]?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(collector.requests[0]?.body.toString() ?? '')).toEqual({});
  });

  test('sends nothing that it cannot make JSON of', async () => {
    await expect(sendTo({ endpoint: 'http://127.0.0.1:1', protocol: 'http/json' }, MESSAGE)).rejects.toThrow(
      RangeError,
    );
  });
});

describe.each(['http/protobuf', 'grpc'] as const)('over TLS, the client for %s', (protocol) => {
  const startServer = async (requestCert: boolean): Promise<string> => {
    const tls = { ...SERVER, ca: CA_CERT, requestCert, rejectUnauthorized: requestCert };
    if (protocol === 'grpc') {
      const receiver = await startGrpcReceiver((stream) => replyStatus(stream, 0), tls);
      open.push(receiver);
      return receiver.url;
    }
    const server = createHttpsServer(tls, (request, response) => {
      request.resume().on('end', () => reply(response, 200));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push({ close: () => [server.closeAllConnections(), server.close()] });
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`;
  };
  const send = async (endpoint: string, certificates = {}): Promise<OtlpAnswer> =>
    sendTo({ endpoint, protocol, certificates }, MESSAGE);

  test('trusts the authority that it is given, and no other', async () => {
    const endpoint = await startServer(false);
    expect(await send(endpoint, { ca: CA_CERT })).toEqual(accepted);
    expect(await send(endpoint)).toMatchObject({ accepted: false, errorType: expect.stringMatching(/CERT|SIGNATURE/) });
  });

  test('shows its certificate to a receiver that asks for one', async () => {
    const endpoint = await startServer(true);
    expect(await send(endpoint, { ca: CA_CERT, ...CLIENT })).toEqual(accepted);
    expect(await send(endpoint, { ca: CA_CERT })).toMatchObject({ accepted: false, retryable: true });
  });

  test('fails, and does not throw, with a key that is none', async () => {
    const endpoint = await startServer(false);
    const certificates = { ca: CA_CERT, cert: CLIENT.cert, key: '-----BEGIN PRIVATE KEY-----\n' };
    expect(await send(endpoint, certificates)).toMatchObject({ accepted: false });
  });
});
