/** Bytes on a connection, for requests that no HTTP client would send. */
import { connect, type NetConnectOpts } from 'node:net';

/** Sends `bytes` and gives what comes back until the other side closes the connection. */
export function sendRaw(to: NetConnectOpts, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(to, () => socket.write(bytes, 'latin1'));
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });
    // A reset after the answer is an end too.
    socket.on('error', () => {});
    socket.on('close', () => resolve(received));
  });
}
