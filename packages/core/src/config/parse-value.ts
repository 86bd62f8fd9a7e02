/**
 * Parsers of the values of variables. Each returns `undefined` for a text that is not valid, throws nothing, and takes
 * time in proportion to the length of the text at most.
 */
import { readFileSync, statSync } from 'node:fs';
import { parseDuration } from './parse-duration.js';

/** A value's parser, with a description of valid values. */
export interface ValueType<T> {
  /** The allowed values, to stand after "expected". */
  readonly expected: string;
  parse(text: string): T | undefined;
  /** The members of a list that `parse` leaves out since they are not valid. */
  unusable?(text: string): readonly string[];
  /** A value as people write it. @defaultValue as JSON has it */
  show?(value: T): string;
  /** The part of a text that may be shown to people; all of it, if this is missing. */
  readonly redact?: (text: string) => string;
}

const MAX_TEXT_LENGTH = 1024;

/** Control characters (C0, DEL, C1), the line and paragraph separators, and halves of surrogate pairs. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;

/** Nearly all there is; quicker to compile than the classes of Unicode, which a probe feels. */
const PRINTABLE_ASCII = /^[ -~]*$/;

/** Text of one line without control characters. */
export const text: ValueType<string> = {
  expected: `text of at most ${MAX_TEXT_LENGTH} characters without control characters`,
  parse: (value) => {
    if (value.length > MAX_TEXT_LENGTH) return undefined;
    return PRINTABLE_ASCII.test(value) || !UNPRINTABLE.test(value) ? value : undefined;
  },
};

/** `true` or `false` and nothing else, in any case: a Boolean of the OpenTelemetry specification. */
export const otelBoolean: ValueType<boolean> = {
  expected: '"true" or "false"',
  parse: (value) => {
    const word = value.toLowerCase();
    return word === 'true' || word === 'false' ? word === 'true' : undefined;
  },
};

/** A switch of Porthole's own, in the words that people write for it. */
export const flag: ValueType<boolean> = {
  expected: '"on" or "off"',
  parse: (value) => {
    const word = value.toLowerCase();
    if (word === 'on' || word === 'true' || word === '1' || word === 'yes') return true;
    if (word === 'off' || word === 'false' || word === '0' || word === 'no') return false;
    return undefined;
  },
};

/** One of `words`, in any case. */
export function oneOf<const Words extends readonly string[]>(...words: Words): ValueType<Words[number]> {
  return {
    expected: words.map((word) => `"${word}"`).join(', '),
    parse: (value) => words.find((word) => word === value.toLowerCase()),
  };
}

/** A TCP port, or `off`. */
export const portOrOff: ValueType<number | 'off'> = {
  expected: 'a port from 0 to 65535, or "off"',
  parse: (value) => {
    if (value.toLowerCase() === 'off') return 'off';
    const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
    return port <= 65535 ? port : undefined;
  },
};

const HOST_NAME = /^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_.])?$/i;
const MAX_HOST_LENGTH = 253;

/** An IP address, or the name of a host. */
export const host: ValueType<string> = {
  expected: 'an IP address or a host name',
  parse: (value) => {
    if (value.length > MAX_HOST_LENGTH) return undefined;
    return HOST_NAME.test(value) || isIPv6(value) ? value : undefined;
  },
};

/** As `isIPv6` of `node:net`, which is dear to load for a probe; IPv4 addresses are names of hosts by their form. */
function isIPv6(value: string): boolean {
  const [, address] = /^([\da-f:.]+)(?:%[\w.-]+)?$/i.exec(value) ?? [];
  return address?.includes(':') === true && URL.canParse(`http://[${address}]/`);
}

/** A duration in whole milliseconds: `9s`, `500ms`, `1m`, or a bare number of milliseconds. */
export function durationMs(minMs: number, maxMs: number): ValueType<number> {
  return {
    expected: `a duration from ${formatDuration(minMs)} to ${formatDuration(maxMs)}, such as "9s" or "500ms"; a bare number is milliseconds`,
    parse: (value) => parseDuration(value, minMs, maxMs),
    show: formatDuration,
  };
}

/** `9000` as `9s`, `500` as `500ms`. */
export function formatDuration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

/** How many of something. */
export const count: ValueType<number> = {
  expected: 'a whole number from 0 to 999999999',
  parse: (value) => (/^\d{1,9}$/.test(value) ? Number(value) : undefined),
};

const MAX_PEM_BYTES = 1_048_576;

/** The path of a file with certificates or a key in it (PEM, RFC 7468), which can be read. */
export const pemFile: ValueType<string> = {
  expected: 'the path of a readable PEM file',
  parse: (value) => {
    if (text.parse(value) === undefined) return undefined;
    try {
      // Looked at before it is read: a pipe would hold everything up, and a device may have no end.
      const stats = statSync(value);
      if (!stats.isFile() || stats.size > MAX_PEM_BYTES) return undefined;
      return readFileSync(value, 'latin1').includes('-----BEGIN ') ? value : undefined;
    } catch {
      return undefined;
    }
  },
};

/** A probability. */
export const ratio: ValueType<number> = {
  expected: 'a number from 0 to 1',
  parse: (value) => {
    const number = /^(?:\d+(?:\.\d+)?|\.\d+)(?:e-\d+)?$/i.test(value) ? Number(value) : Number.NaN;
    return number >= 0 && number <= 1 ? number : undefined;
  },
};

/**
 * An absolute `http:` or `https:` URL. Parts that may hold a secret, the user and the query string, are not shown.
 */
export const httpUrl: ValueType<string> = {
  expected: 'a URL that starts with http:// or https://',
  parse: (value) => {
    if (value.length > MAX_TEXT_LENGTH || !URL.canParse(value)) return undefined;
    const { protocol } = new URL(value);
    return protocol === 'http:' || protocol === 'https:' ? value : undefined;
  },
  redact: (value) => {
    const shown = value.slice(value.lastIndexOf('@') + 1);
    const rest = shown.split('?', 1)[0] as string;
    const start = shown === value ? '' : `${/^[a-z]+:\/\//i.exec(value)?.[0] ?? ''}(hidden)@`;
    return rest === shown ? start + rest : `${start}${rest}?(hidden)`;
  },
};

const MAX_PAIRS_LENGTH = 16_384;

/** `key=value` pairs in W3C Baggage's form, as OpenTelemetry uses it: comma-separated, values percent-encoded. */
export const pairs: ValueType<Readonly<Record<string, string>>> = {
  expected: 'comma-separated key=value pairs with percent-encoded values',
  parse: (value) => parsePairs(value, (key, part) => text.parse(key) !== undefined && text.parse(part) !== undefined),
};

/** The form of a header's name and of its value (RFC 9110, sections 5.1 and 5.5). */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** `pairs` that are HTTP headers. */
export const headerPairs: ValueType<Readonly<Record<string, string>>> = {
  expected: 'comma-separated name=value pairs of HTTP headers with percent-encoded values',
  parse: (value) => parsePairs(value, (name, part) => HEADER_NAME.test(name) && HEADER_VALUE.test(part)),
};

function parsePairs(
  value: string,
  isValid: (key: string, part: string) => boolean,
): Readonly<Record<string, string>> | undefined {
  if (value.length > MAX_PAIRS_LENGTH) return undefined;
  const entries: [string, string][] = [];
  for (const member of value.split(',')) {
    if (member.trim() === '') continue;
    const equals = member.indexOf('=');
    const key = member.slice(0, equals).trim();
    const decoded = decodePercent(member.slice(equals + 1).trim());
    if (equals < 0 || key === '' || decoded === undefined || !isValid(key, decoded)) return undefined;
    entries.push([key, decoded]);
  }
  return Object.fromEntries(entries);
}

function decodePercent(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
