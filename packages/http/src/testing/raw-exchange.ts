/** HTTP as raw bytes, to send requests that no regular client sends. */
import { connect } from 'node:net';

/**
 * Sends `bytes` to the port of this machine. Resolves with all received bytes when the connection ends, even by a
 * reset. Bytes are latin1 characters, both ways.
 */
export function rawExchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(received));
    socket.end(bytes, 'latin1');
  });
}
