import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { retryInfo } from '../testing/grpc-receiver.js';
import { parseGrpcStatus, parseRetryInfo } from './grpc-status.js';
import { MAX_RETRY_AFTER_MS } from './retry-after.js';

describe('parseGrpcStatus', () => {
  test.each([
    ['0', 'OK'],
    ['8', 'RESOURCE_EXHAUSTED'],
    ['14', 'UNAVAILABLE'],
    ['17', 'UNKNOWN'],
    ['-1', 'UNKNOWN'],
    ['', 'UNKNOWN'],
    ['1e1', 'UNKNOWN'],
    [undefined, 'UNKNOWN'],
    [['0', '0'], 'UNKNOWN'],
  ])('of %j is %s', (code, status) => {
    expect(parseGrpcStatus(code)).toBe(status);
  });
});

describe('parseRetryInfo', () => {
  test('reads the delay, among other details too', () => {
    expect(parseRetryInfo(retryInfo(2, 500_000_000))).toBe(2500);
    expect(parseRetryInfo(retryInfo(0))).toBe(0);
    const help = Buffer.from([0x1a, 0x08, 0x0a, 0x06, ...Buffer.from('x/Help')]);
    const both = Buffer.concat([help, Buffer.from(retryInfo(7), 'base64')]);
    expect(parseRetryInfo(both.toString('base64').replace(/=+$/, ''))).toBe(7000);
  });

  test('obeys nobody for longer than a Retry-After', () => {
    expect(parseRetryInfo(retryInfo(1e9))).toBe(MAX_RETRY_AFTER_MS);
  });

  test('is undefined where there is none, and where the delay is negative', () => {
    const negative = Buffer.from(retryInfo(1), 'base64');
    // The seconds' varint becomes the ten bytes of -1, and the lengths around it grow by nine.
    const at = negative.length - 3;
    const grown = Buffer.concat([
      negative.subarray(0, at),
      Buffer.from('ffffffffffffffffff01', 'hex'),
      negative.subarray(at + 1),
    ]);
    for (const length of [at - 2, at - 4, grown.indexOf(0x1a) + 1]) grown[length] = (grown[length] as number) + 9;
    for (const details of [undefined, '', 'not base64!', Buffer.from([8, 14]).toString('base64')]) {
      expect(parseRetryInfo(details)).toBeUndefined();
    }
    expect(parseRetryInfo(grown.toString('base64'))).toBeUndefined();
  });

  test('throws at nothing, and gives a time that can be waited for', () => {
    const valid = Buffer.from(retryInfo(30, 5), 'base64');
    const damaged = fc.tuple(fc.nat(valid.length - 1), fc.nat(255)).map(([at, byte]) => {
      const copy = Buffer.from(valid);
      copy[at] = byte;
      return copy;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), damaged), (bytes) => {
        const delayMs = parseRetryInfo(Buffer.from(bytes).toString('base64'));
        expect(delayMs === undefined || (delayMs >= 0 && delayMs <= MAX_RETRY_AFTER_MS)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
