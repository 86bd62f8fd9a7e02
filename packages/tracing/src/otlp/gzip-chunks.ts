/** Compression for the wire, in the thread pool: on the main thread it costs more than it gives. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);

/** The chunks as one gzip stream (RFC 1952). */
export async function gzipChunks(chunks: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
  return [await compress(Buffer.concat(chunks))];
}
