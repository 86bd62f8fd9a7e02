import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAnswerReader, type HttpAnswer } from './http-answer.js';

function read(pieces: readonly Buffer[]): HttpAnswer | undefined {
  const reader = createAnswerReader();
  for (const piece of pieces) {
    const answer = reader.push(piece);
    if (answer !== undefined) return answer;
  }
  return reader.end();
}

describe('an answer', () => {
  test('is the same however it is cut into pieces', () => {
    const answer = Buffer.from('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 9\r\n\r\nnöt ready');
    fc.assert(
      fc.property(fc.array(fc.nat(answer.length)), (cuts) => {
        const bounds = [0, ...cuts.sort((a, b) => a - b), answer.length];
        const pieces = bounds.slice(1).map((end, i) => answer.subarray(bounds[i], end));
        expect(read(pieces)).toEqual({ status: 503, body: 'nöt read' });
      }),
    );
  });

  test('is complete when the promised length has come, without waiting for the connection to close', () => {
    const reader = createAnswerReader();
    expect(reader.push(Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n'))).toBeUndefined();
    expect(reader.push(Buffer.from('ok and more'))).toMatchObject({ status: 200 });
  });

  test('without a length ends with the connection', () => {
    const reader = createAnswerReader();
    expect(reader.push(Buffer.from('HTTP/1.0 200 OK\r\n\r\nok'))).toBeUndefined();
    expect(reader.end()).toEqual({ status: 200, body: 'ok' });
  });

  test.each([
    ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n', 204],
    ['HTTP/1.1 103\r\n\r\nHTTP/1.0 102 x\r\na: b\r\n\r\nHTTP/1.1 503 No\r\n\r\n', 503],
    // After it no more HTTP comes.
    ['HTTP/1.1 101 Switching Protocols\r\n\r\nHTTP/1.1 200 OK\r\n\r\n', 101],
    ['HTTP/1.1 100 Continue\r\n\r\nnonsense', 0],
    ['HTTP/1.1 100 Continue\r\n\r\n', undefined],
    ['', undefined],
  ])('%j has the final status %s, in pieces too', (text, status) => {
    const bytes = Buffer.from(text);
    expect(read([bytes])?.status).toBe(status);
    expect(read(Array.from(bytes, (byte) => Buffer.from([byte])))?.status).toBe(status);
  });

  test('that never ends is cut at 8 KiB of head and 8 KiB of body', () => {
    expect(read(Array.from({ length: 100 }, () => Buffer.alloc(1024, 'x')))).toEqual({ status: 0, body: '' });
    const endless = [
      Buffer.from('HTTP/1.1 200 OK\r\n\r\n'),
      ...Array.from({ length: 100 }, () => Buffer.alloc(1024, 'x')),
    ];
    expect(read(endless)).toEqual({ status: 200, body: 'x'.repeat(8192) });
  });

  test('of arbitrary bytes never throws and never grows beyond its bound', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 4096 })), (pieces) => {
        const answer = read(pieces.map((piece) => Buffer.from(piece)));
        expect(answer === undefined || answer.body.length <= 8192).toBe(true);
      }),
    );
  });
});
