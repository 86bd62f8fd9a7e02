/** HTTP as bytes, since no client sends what a hostile one does. */
import { connect } from 'node:net';

/**
 * Sends `bytes` to the port of this machine and resolves to all that comes back until the connection ends, a reset included.
 * Bytes are latin1 characters, both ways.
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
