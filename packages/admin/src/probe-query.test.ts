import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseProbeQuery, splitTarget } from './probe-query.js';

describe("a probe's query", () => {
  test.each([
    ['', { verbose: false, exclude: [] }],
    ['verbose', { verbose: true, exclude: [] }],
    ['verbose=false', { verbose: true, exclude: [] }],
    ['exclude=postgres&exclude=redis&exclude=postgres', { verbose: false, exclude: ['postgres', 'redis'] }],
    ['exclude=&exclude', { verbose: false, exclude: [] }],
    ['timeout=5&exclude=a%20b', { verbose: false, exclude: ['a b'] }],
    ['exclude=%zz', { verbose: false, exclude: ['%zz'] }],
  ])('%j means %j', (query, expected) => expect(parseProbeQuery(query)).toEqual(expected));

  test.each([
    ['/livez?verbose', '/livez', 'verbose'],
    ['http://orders:9464/livez?verbose', '/livez', 'verbose'],
    ['HTTPS://[::1]/readyz/db', '/readyz/db', ''],
    ['http://orders', '/', ''],
    ['http://orders?a=/b', '/', 'a=/b'],
    ['/http://orders/livez', '/http://orders/livez', ''],
    ['*', '*', ''],
  ])('is told from its path: %s', (target, path, query) => expect(splitTarget(target)).toEqual([path, query]));

  test('gives back every name that was put into it', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1 })), fc.boolean(), (exclude, verbose) => {
        const parameters = new URLSearchParams();
        for (const name of exclude) parameters.append('exclude', name);
        if (verbose) parameters.append('verbose', '');
        const [path, query] = splitTarget(`/readyz?${parameters}`);
        expect(path).toBe('/readyz');
        expect(parseProbeQuery(query)).toEqual({ verbose, exclude });
      }),
    );
  });

  test('of arbitrary text never throws, and never names the empty check', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const [, query] = splitTarget(text);
        expect(parseProbeQuery(query).exclude).not.toContain('');
      }),
    );
  });
});
