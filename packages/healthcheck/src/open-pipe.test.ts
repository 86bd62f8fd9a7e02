import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Connection, ConnectionListener } from './connection.js';
import { openPipe } from './open-pipe.js';
import { openSocket } from './open-socket.js';

let folder: string;
let server: Server | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipe-'));
});
afterEach(() => {
  server?.close();
  server = undefined;
  rmSync(folder, { recursive: true });
});

async function serve(listener: (socket: Socket) => void, pauseOnConnect = false): Promise<string> {
  const path = join(folder, 'a.sock');
  server = createServer({ allowHalfOpen: true, pauseOnConnect }, listener).listen(path);
  await once(server, 'listening');
  return path;
}

type Open = (path: string, listener: ConnectionListener) => Connection | undefined;

interface Conversation {
  /** What was heard, in order; what comes several times in a row is there once. */
  readonly heard: readonly string[];
  readonly answer: string;
}

/** Says `text` on a connection to `path` and listens until it ends, or as `until` says. */
function converse(open: Open, path: string, text: string, until: RegExp = /ended|failed/): Promise<Conversation> {
  return new Promise((resolve, reject) => {
    const heard: string[] = [];
    const pieces: Buffer[] = [];
    const hear = (what: string): void => {
      if (heard.at(-1) !== what) heard.push(what);
      if (!until.test(what)) return;
      connection?.close();
      connection?.close();
      // What still comes would be heard by then.
      setImmediate(() => setImmediate(() => resolve({ heard, answer: Buffer.concat(pieces).toString() })));
    };
    const connection = open(path, {
      opened: () => {
        hear('opened');
        connection?.write(text);
      },
      received: (piece) => {
        pieces.push(piece);
        hear('received');
      },
      ended: () => hear('ended'),
      failed: () => hear('failed'),
    });
    if (connection === undefined) reject(new Error('there is no connection'));
    heard.push('returned');
  });
}

const WAYS: readonly (readonly [string, Open])[] = [
  ['the handle below node:net', openPipe],
  ['node:net', (path, listener) => openSocket({ path }, listener)],
];

describe.each(WAYS)('a connection by %s', (_, open) => {
  test('carries what is said both ways, to the end, in any number of pieces', async () => {
    const long = 'ü'.repeat(500_000);
    const path = await serve((socket) => socket.once('data', (said) => socket.end(`${said}${long}`)));
    expect(await converse(open, path, 'hö\r\n')).toEqual({
      heard: ['returned', 'opened', 'received', 'ended'],
      answer: `hö\r\n${long}`,
    });
  });

  test('fails where nobody is there, and where the other side breaks it off', async () => {
    expect(await converse(open, join(folder, 'none.sock'), '')).toEqual({ heard: ['returned', 'failed'], answer: '' });
    // Closed with something that nobody has read, it is reset.
    const path = await serve((socket) => setTimeout(() => socket.destroy(), 50), true);
    expect(await converse(open, path, 'unread')).toEqual({ heard: ['returned', 'opened', 'failed'], answer: '' });
  });

  test('says nothing any more once it is closed', async () => {
    const path = await serve((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.write('first', () => socket.end('second')));
    });
    const { heard } = await converse(open, path, 'x', /received/);
    expect(heard).toEqual(['returned', 'opened', 'received']);
  });
});
