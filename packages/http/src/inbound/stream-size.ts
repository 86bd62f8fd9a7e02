/**
 * The body size of an HTTP/2 response: the native handle of its stream counts the bytes, and is gone once the stream
 * has closed.
 */
import type { ServerHttp2Stream } from 'node:http2';
import { nodeProperty } from '../node-property.js';

/** The native handle of a stream. */
export const handleOf: (stream: unknown) => unknown = nodeProperty('kHandle');

const HANDLE: unique symbol = Symbol('porthole.handle');
const WRITTEN: unique symbol = Symbol('porthole.written');

type CountedStream = ServerHttp2Stream & {
  [HANDLE]?: { readonly bytesWritten?: number } | undefined;
  [WRITTEN]?: number | undefined;
};

/** Reads the count of `handle` when the response on `stream` is written. */
export function countBytes(stream: CountedStream, handle: unknown): void {
  stream[HANDLE] = handle as CountedStream[typeof HANDLE];
  stream.on('finish', onFinish);
}

function onFinish(this: CountedStream): void {
  countAgain(this);
}

/** Reads the count of the handle once more, if the stream still has it. */
export function countAgain(stream: CountedStream): void {
  if (handleOf(stream) !== undefined) stream[WRITTEN] = stream[HANDLE]?.bytesWritten;
}

/** The body bytes of a stream with a complete response, in its `close` event; -1 if they are not known. */
export function bytesCounted(stream: CountedStream, method: string): number {
  if (method === 'HEAD') return 0;
  const written = stream[WRITTEN];
  if (written !== 0) return written ?? -1;
  // Node.js sends a file after the `finish` event. Node.js 20 has no event for its end, and the handle may be gone
  // since.
  const late = stream[HANDLE]?.bytesWritten ?? 0;
  const { ':status': status, 'content-length': length = '0' } = stream.sentHeaders;
  return late === 0 && Number(length) !== 0 && status !== 304 ? -1 : late;
}
