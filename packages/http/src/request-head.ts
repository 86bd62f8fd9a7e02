/** The head of a request of `node:http` that has no socket yet, as long as it can be added to. */

import { type ClientRequest, validateHeaderValue } from 'node:http';
import type { HeaderAccess } from '@porthole/core/internal';

/** Node's own fields of an outgoing message, the same on all supported lines. */
interface RenderedHead {
  /** The head as it will be sent; `null` while headers can be set. */
  _header: string | null;
  /** Whether the head is among what waits in `outputData` or is sent. */
  readonly _headerSent: boolean;
  /** What waits for a socket. */
  readonly outputData: readonly { data: unknown }[];
  /** The length of what waits. */
  outputSize: number;
}

/** Reads and adds headers, also where the head is rendered: by `end()`, by `Expect`, or since headers were given as a list. */
export const REQUEST_HEAD: HeaderAccess<ClientRequest> = { has, add };

function has(request: ClientRequest, name: string): boolean {
  const head = (request as unknown as RenderedHead)._header;
  if (typeof head !== 'string') return request.hasHeader(name);
  return head.toLowerCase().includes(`\r\n${name}:`);
}

function add(request: ClientRequest, name: string, value: string): void {
  const rendered = request as unknown as RenderedHead;
  if (typeof rendered._header !== 'string') request.setHeader(name, value);
  else {
    validateHeaderValue(name, value);
    insertLine(rendered, rendered._header, `${name}: ${value}\r\n`);
  }
}

const END_OF_HEAD = '\r\n\r\n';

/** Puts `line` after the last header. Where the head does not stand exactly where it is expected, nothing is changed. */
function insertLine(request: RenderedHead, head: string, line: string): void {
  if (!head.endsWith(END_OF_HEAD)) return;
  const longerHead = `${head.slice(0, -2)}${line}\r\n`;
  if (request._headerSent) {
    // By itself, or before the first piece of the body.
    const first = request.outputData?.[0];
    if (typeof first?.data !== 'string' || !first.data.startsWith(head)) return;
    first.data = longerHead + first.data.slice(head.length);
    request.outputSize += line.length;
  }
  request._header = longerHead;
}
