/**
 * Requests that the admin port does not accept. Node.js's parser has refused broken requests before; these are
 * well-formed requests that a probe or a scraper never sends. Among them are the shapes on which two HTTP parsers may
 * disagree (RFC 9112, sections 3.2, 6.3 and 11.2).
 */
import type { IncomingMessage } from 'node:http';
import { type Answer, refuse } from './answer.js';

/** Why `request` is refused, as its answer, or `undefined`. */
export function refusalOf(request: IncomingMessage): Answer | undefined {
  const { headers, httpVersion, method } = request;
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return refuse(505, 'refused: HTTP/1.0 or HTTP/1.1 expected');
  if (countHeader(request, 'host') > 1) return refuse(400, 'refused: more than one Host header');
  const hasLength = headers['content-length'] !== undefined;
  const isCoded = headers['transfer-encoding'] !== undefined;
  if (hasLength && isCoded) return refuse(400, 'refused: both Content-Length and Transfer-Encoding');
  if (headers.origin !== undefined) return refuse(403, 'refused: not for web pages');
  if (isCoded || (hasLength && headers['content-length'] !== '0'))
    return refuse(413, 'refused: no request bodies here');
  if (method !== 'GET' && method !== 'HEAD') return refuse(405, 'refused: GET and HEAD only', { allow: 'GET, HEAD' });
  return undefined;
}

/** `headers` keeps the first of some headers: only the raw ones show the number. */
function countHeader({ rawHeaders }: IncomingMessage, name: string): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if ((rawHeaders[i] as string).toLowerCase() === name) count++;
  }
  return count;
}
