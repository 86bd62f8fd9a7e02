/** A real sink onto a temporary file, for tests that look at the lines. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LineSink } from './line-output.js';
import { createLineSink } from './line-sink.js';

export interface FileSink extends LineSink {
  /** The text of the lines since the last call. */
  text(): string;
  /** The lines since the last call, parsed; throws if one is not a JSON object. */
  lines(): Record<string, unknown>[];
}

export function createFileSink(): FileSink {
  const folder = mkdtempSync(join(tmpdir(), 'porthole-logger-'));
  const path = join(folder, 'lines');
  const fd = openSync(path, 'w');
  const readFd = openSync(path, 'r');
  const sink = createLineSink({ fd, buffered: false });
  let seen = 0;
  const text = (): string => {
    const parts: Buffer[] = [];
    for (;;) {
      const part = Buffer.alloc(64 * 1024);
      const length = readSync(readFd, part, 0, part.length, seen);
      if (length === 0) return Buffer.concat(parts).toString();
      parts.push(part.subarray(0, length));
      seen += length;
    }
  };
  return {
    write: (lines) => sink.write(lines),
    reserve: (maxBytes) => sink.reserve(maxBytes),
    commit: (bytes) => sink.commit(bytes),
    flush: (timeoutMs) => sink.flush(timeoutMs),
    drain: () => sink.drain(),
    droppedLines: 0,
    writeThrough: (timeoutMs, stalledAfterMs) => sink.writeThrough(timeoutMs, stalledAfterMs),
    pendingLines: 0,
    unreportedLines: 0,
    bufferedBytes: 0,
    close: () => {
      sink.close();
      closeSync(fd);
      closeSync(readFd);
      rmSync(folder, { recursive: true });
    },
    text,
    lines: () => {
      const all = text();
      if (all === '') return [];
      if (!all.endsWith('\n')) throw new Error('the last line is torn');
      return all.slice(0, -1).split('\n').map(parseObject);
    },
  };
}

function parseObject(line: string): Record<string, unknown> {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`not an object: ${line}`);
  return value as Record<string, unknown>;
}
