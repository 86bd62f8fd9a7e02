/** The head of a request of `node:http` without a socket, while it can be changed. */

import { ClientRequest, validateHeaderValue } from 'node:http';
import { type HeaderAccess, reportInternalError } from '@porthole/core/internal';
import { valueOfLines, withoutLines } from './header-lines.js';

/** Node's own fields of an outgoing message, the same on all supported lines. */
interface RenderedHead {
  /** The head as it will be sent; `null` while headers can be set. */
  _header: string | null;
  /** Whether the head is in `outputData` or sent. */
  readonly _headerSent: boolean;
  /** The data that waits for a socket. */
  readonly outputData: readonly { data: unknown }[];
  /** The length of the waiting data. */
  outputSize: number;
}

const HEAD_LISTENER = Symbol('porthole.head');

type HeadListener = (request: never) => void;

interface ObservedHead extends RenderedHead {
  /** Renders the head. Node.js calls it at the first `write`, at `flushHeaders` or at `end`. */
  _implicitHeader(): void;
  [HEAD_LISTENER]: HeadListener;
}

const prototype = ClientRequest.prototype as unknown as ObservedHead;

/**
 * Calls `listener` when the head of `request` is rendered: the application may set headers until then, as a gateway
 * does that copies them one by one. Calls it now if the head is rendered already. An exception of `listener` is
 * counted.
 */
export function onHead<Request extends ClientRequest>(request: Request, listener: (request: Request) => void): void {
  const observed = request as unknown as ObservedHead;
  observed[HEAD_LISTENER] = listener as unknown as HeadListener;
  if (observed._header === null && typeof prototype._implicitHeader === 'function') {
    observed._implicitHeader = renderHead;
  } else callListener(observed);
}

function renderHead(this: ObservedHead): void {
  callListener(this);
  prototype._implicitHeader.call(this);
}

function callListener(request: ObservedHead): void {
  try {
    request[HEAD_LISTENER](request as never);
  } catch (error) {
    reportInternalError('http', error);
  }
}

/**
 * Reads and changes headers, even if the head is rendered: by `end()`, by `Expect`, or because headers were given as a
 * list.
 */
export const REQUEST_HEAD: HeaderAccess<ClientRequest> = { has, get, add, remove };

function has(request: ClientRequest, name: string): boolean {
  const head = (request as unknown as RenderedHead)._header;
  if (typeof head !== 'string') return request.hasHeader(name);
  return head.toLowerCase().includes(`\r\n${name}:`);
}

function get(request: ClientRequest, name: string): string | undefined {
  const head = (request as unknown as RenderedHead)._header;
  if (typeof head === 'string') return valueOfLines(head, name);
  return request.getHeader(name)?.toString();
}

function remove(request: ClientRequest, name: string): void {
  const rendered = request as unknown as RenderedHead;
  if (typeof rendered._header !== 'string') request.removeHeader(name);
  else replaceHead(rendered, rendered._header, withoutLines(rendered._header, name));
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

/** Puts `line` after the last header. */
function insertLine(request: RenderedHead, head: string, line: string): void {
  if (head.endsWith(END_OF_HEAD)) replaceHead(request, head, `${head.slice(0, -2)}${line}\r\n`);
}

/** Sends `newHead` instead. Changes nothing unless the head is exactly in the expected place. */
function replaceHead(request: RenderedHead, head: string, newHead: string): void {
  if (request._headerSent) {
    // The head is alone, or before the first chunk of the body.
    const first = request.outputData?.[0];
    if (typeof first?.data !== 'string' || !first.data.startsWith(head)) return;
    first.data = newHead + first.data.slice(head.length);
    request.outputSize += newHead.length - head.length;
  }
  request._header = newHead;
}
