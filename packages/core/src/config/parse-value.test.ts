import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  count,
  durationMs,
  flag,
  formatDuration,
  headerPairs,
  host,
  httpUrl,
  oneOf,
  otelBoolean,
  pairs,
  pemFile,
  portOrOff,
  ratio,
  text,
  type ValueType,
} from './parse-value.js';

const ALL: Readonly<Record<string, ValueType<unknown>>> = {
  text,
  flag,
  otelBoolean,
  oneOf: oneOf('json', 'pretty'),
  portOrOff,
  host,
  count,
  pemFile,
  durationMs: durationMs(100, 3_600_000),
  ratio,
  httpUrl,
  pairs,
  headerPairs,
};

describe.each(Object.entries(ALL))('%s', (_, type) => {
  test('says what it expects', () => {
    expect(type.expected).toMatch(/^\S.*\S$/);
  });

  test('throws at nothing', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (value) => void type.parse(value)));
    fc.assert(fc.property(fc.stringMatching(/^[0-9a-z.,=%:/ -]*$/), (value) => void type.parse(value)));
  });

  test.each([['1'], ['a'], [' '], ['='], [','], ['%'], ['.'], ['@'], ['//'], ['\u0000'], ['ﬀ'], ['\ud800']])(
    'refuses a megabyte of %j, and of it with something else at the end',
    (unit) => {
      const megabyte = unit.repeat((1 << 20) / unit.length);
      expect(type.parse(megabyte)).toBeUndefined();
      expect(type.parse(`${megabyte}!`)).toBeUndefined();
    },
  );
});

test('text is one line of printable characters', () => {
  expect(text.parse('Käse 🧀 = 1')).toBe('Käse 🧀 = 1');
  expect(text.parse('x'.repeat(1024))).toHaveLength(1024);
  for (const bad of ['a\nb', 'a\u0000', '\u001b[31m', '\u007f', '\u0085', 'a\u2028b', '\ud800', 'x'.repeat(1025)]) {
    expect(text.parse(bad)).toBeUndefined();
  }
});

test('a switch takes the words people write, in any case', () => {
  for (const on of ['on', 'ON', 'true', 'True', '1', 'yes']) expect(flag.parse(on)).toBe(true);
  for (const off of ['off', 'false', 'FALSE', '0', 'no']) expect(flag.parse(off)).toBe(false);
  for (const bad of ['', 'o', 'onn', 'enabled', '2', 'null']) expect(flag.parse(bad)).toBeUndefined();
});

test('an OpenTelemetry Boolean is "true" or "false" and nothing else', () => {
  expect(otelBoolean.parse('TRUE')).toBe(true);
  expect(otelBoolean.parse('False')).toBe(false);
  for (const bad of ['', '1', '0', 'yes', 'on', 'off', 'truee']) expect(otelBoolean.parse(bad)).toBeUndefined();
});

test('a word is taken in any case and given as it is declared', () => {
  const type = oneOf('json', 'pretty');
  expect(type.parse('JSON')).toBe('json');
  for (const bad of ['', 'jso', 'json pretty', 'constructor', '__proto__']) expect(type.parse(bad)).toBeUndefined();
});

test('a port is from 0 to 65535, or off', () => {
  fc.assert(fc.property(fc.nat(65535), (port) => portOrOff.parse(String(port)) === port));
  expect(portOrOff.parse('OFF')).toBe('off');
  for (const bad of ['', '-1', '65536', '99999', '100000', '80.5', '0x50', '1e3', ' 80', 'http']) {
    expect(portOrOff.parse(bad)).toBeUndefined();
  }
});

test('a host is an IP address or a name', () => {
  for (const good of ['0.0.0.0', '127.0.0.1', '::', '::1', 'fe80::1%eth0', 'localhost', 'my-pod.svc.local', 'a_b']) {
    expect(host.parse(good)).toBe(good);
  }
  for (const bad of ['', 'a b', 'http://a', 'a:80', '-a', 'a-', 'a/b', 'ü', '[::1]']) {
    expect(host.parse(bad)).toBeUndefined();
  }
});

test('a duration is written so that it can be read back', () => {
  const type = durationMs(0, 3_600_000);
  fc.assert(fc.property(fc.nat(3_600_000), (ms) => type.parse(formatDuration(ms)) === ms));
});

test('a ratio is a decimal number from 0 to 1', () => {
  fc.assert(fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (value) => ratio.parse(String(value)) === value));
  expect(ratio.parse('.5')).toBe(0.5);
  for (const bad of ['', '.', '1.', '1.1', '-0.1', 'NaN', 'Infinity', '1e3', '50%', '0,5', '0x1']) {
    expect(ratio.parse(bad)).toBeUndefined();
  }
});

describe('an HTTP URL', () => {
  test('is absolute, and kept as it was written', () => {
    for (const good of ['http://collector:4318', 'HTTPS://[::1]:4318/base/', 'http://u:p@h/?k=v']) {
      expect(httpUrl.parse(good)).toBe(good);
    }
    for (const bad of ['', 'collector:4318', '//collector', 'ftp://a', 'http://', 'http://a:99999', 'grpc://a']) {
      expect(httpUrl.parse(bad)).toBeUndefined();
    }
  });

  test.each([
    ['http://collector:4318/v1', 'http://collector:4318/v1'],
    ['http://user:canary@collector', 'http://(hidden)@collector'],
    ['http://user:can/canary@collector', 'http://(hidden)@collector'],
    ['https://collector/v1?api_key=canary', 'https://collector/v1?(hidden)'],
    ['user:canary@collector', '(hidden)@collector'],
    ['http://a:canary@b:canary@collector?canary', 'http://(hidden)@collector?(hidden)'],
  ])('%s is shown as %s', (value, shown) => {
    expect(httpUrl.redact?.(value)).toBe(shown);
  });
});

describe('pairs', () => {
  test('are read back as they were written, whatever the values are', () => {
    const keys = fc.stringMatching(/^[a-z_.]{1,20}$/);
    const values = fc.string().filter((value) => text.parse(value) !== undefined);
    fc.assert(
      fc.property(fc.dictionary(keys, values, { noNullPrototype: true }), (record) => {
        const written = Object.entries(record).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
        expect(pairs.parse(written.join(','))).toEqual(record);
      }),
    );
  });

  test('may have white space around them, equals signs in values, and empty members', () => {
    expect(pairs.parse(' a = 1 ,, b=c=d,')).toEqual({ a: '1', b: 'c=d' });
  });

  test('hold "__proto__" as a key like any other', () => {
    expect(Object.entries(pairs.parse('__proto__=1') ?? {})).toEqual([['__proto__', '1']]);
  });

  test.each([['a'], ['=1'], ['a=1,b'], ['a=%'], ['a=%zz'], ['a=%00'], ['a=1\u0000'], ['a\u0000=1'], ['a\nb=1']])(
    '%j is refused as a whole',
    (value) => {
      expect(pairs.parse(value)).toBeUndefined();
    },
  );
});

describe('header pairs', () => {
  test('are what Node.js sends', () => {
    expect(headerPairs.parse('Authorization=Basic%20YWJj==,x-tenant=caf%C3%A9')).toEqual({
      Authorization: 'Basic YWJj==',
      'x-tenant': 'café',
    });
    const parts = fc.string({ unit: fc.constantFrom('a', 'Z', '-', ' ', ':', '%20', '%0A', '%E4%B8%AD', 'é', '\t') });
    fc.assert(
      fc.property(parts, parts, (name, value) => {
        for (const header of Object.entries(headerPairs.parse(`${name}=${value}`) ?? {})) {
          validateHeaderName(header[0]);
          validateHeaderValue(header[0], header[1]);
        }
      }),
    );
  });

  test.each([['a b=1'], ['a:=1'], ['ü=1'], ['a=%0d%0ab: c'], ['a=%E4%B8%AD'], ['a=%7F']])('%j is refused', (value) => {
    expect(headerPairs.parse(value)).toBeUndefined();
  });
});

describe('count', () => {
  test('takes whole numbers', () => {
    expect(['0', '1', '2048', '999999999'].map(count.parse)).toEqual([0, 1, 2048, 999_999_999]);
    for (const value of ['-1', '1.5', '1e3', '1000000000', ' ', 'many']) expect(count.parse(value)).toBeUndefined();
  });
});

describe('pemFile', () => {
  test('takes the path of a file with PEM in it, and no other', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pem-'));
    const pem = join(folder, 'ca.pem');
    const other = join(folder, 'other');
    writeFileSync(pem, '-----BEGIN CERTIFICATE-----\n');
    writeFileSync(other, 'certificate');
    expect(pemFile.parse(pem)).toBe(pem);
    for (const path of [other, folder, join(folder, 'none'), '/dev/zero']) expect(pemFile.parse(path)).toBeUndefined();
    rmSync(folder, { recursive: true });
  });
});
