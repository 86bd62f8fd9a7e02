/** A receiver for the tests: a real HTTP server that answers as it is told and keeps what it was sent. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** When it came, on `performance.now()`'s clock. */
  readonly atMs: number;
}

/** Answers one request; `index` counts from 0. */
export type Answer = (response: ServerResponse, index: number, request: IncomingMessage) => void;

export interface Collector {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  /** The greatest number of requests that were open at one time. */
  readonly maxOpen: number;
  /** Resolves when `count` requests have been received in full. */
  received(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function startCollector(answer: Answer): Promise<Collector> {
  const requests: ReceivedRequest[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  let open = 0;
  let maxOpen = 0;
  const server = createServer(async (request, response) => {
    open++;
    maxOpen = Math.max(maxOpen, open);
    response.on('close', () => open--);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    requests.push({ headers: request.headers, body: Buffer.concat(chunks), atMs: performance.now() });
    for (const { count, resolve } of waiting) if (requests.length >= count) resolve();
    answer(response, requests.length - 1, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    requests,
    get maxOpen(): number {
      return maxOpen;
    },
    received: (count) =>
      new Promise((resolve) => {
        if (requests.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers with a status, headers and a body. */
export function reply(response: ServerResponse, status: number, headers: Record<string, string> = {}, body = ''): void {
  response.writeHead(status, headers);
  response.end(body, 'latin1');
}
