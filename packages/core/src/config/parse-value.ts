/** Parsers of what a variable may hold. Each returns `undefined` for a text that is not valid, and throws nothing. */

/** A value's parser, with the words that say what it takes. */
export interface ValueType<T> {
  /** What is allowed, to stand after "expected". */
  readonly expected: string;
  parse(text: string): T | undefined;
}

const MAX_TEXT_LENGTH = 1024;

/** Text of one line without control characters. */
export const text: ValueType<string> = {
  expected: `text of at most ${MAX_TEXT_LENGTH} characters without control characters`,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
  parse: (value) => (value.length <= MAX_TEXT_LENGTH && !/[\u0000-\u001f\u007f]/.test(value) ? value : undefined),
};

/** `true`/`false` as OpenTelemetry has them, and the words people write for them. */
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

const UNIT_MS: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1000, m: 60_000 };

/** A duration in milliseconds: `9s`, `500ms`, `1m`, or a bare number of milliseconds. */
export function durationMs(minMs: number, maxMs: number): ValueType<number> {
  return {
    expected: `a duration from ${formatDuration(minMs)} to ${formatDuration(maxMs)}, such as "9s" or "500ms"`,
    parse: (value) => {
      const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|)$/.exec(value.toLowerCase());
      if (match === null) return undefined;
      const ms = Number(match[1]) * (UNIT_MS[match[2] as string] as number);
      return ms >= minMs && ms <= maxMs ? ms : undefined;
    },
  };
}

/** `9000` as `9s`, `500` as `500ms`. */
export function formatDuration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

/** A probability. */
export const ratio: ValueType<number> = {
  expected: 'a number from 0 to 1',
  parse: (value) => {
    const number = /^\d*\.?\d+(?:e-\d+)?$/i.test(value) ? Number(value) : Number.NaN;
    return number >= 0 && number <= 1 ? number : undefined;
  },
};

/** An absolute `http:` or `https:` URL. */
export const httpUrl: ValueType<string> = {
  expected: 'a URL that starts with http:// or https://',
  parse: (value) => {
    if (value.length > MAX_TEXT_LENGTH || !URL.canParse(value)) return undefined;
    const { protocol } = new URL(value);
    return protocol === 'http:' || protocol === 'https:' ? value : undefined;
  },
};

const MAX_PAIRS_LENGTH = 16_384;

/** `key=value` pairs in W3C Baggage's form, as OpenTelemetry uses it: comma-separated, values percent-encoded. */
export const pairs: ValueType<Readonly<Record<string, string>>> = {
  expected: 'comma-separated key=value pairs with percent-encoded values',
  parse: (value) => {
    if (value.length > MAX_PAIRS_LENGTH) return undefined;
    const entries: [string, string][] = [];
    for (const member of value.split(',')) {
      if (member.trim() === '') continue;
      const equals = member.indexOf('=');
      const key = member.slice(0, equals).trim();
      const decoded = decodePercent(member.slice(equals + 1).trim());
      if (equals < 0 || key === '' || decoded === undefined || text.parse(decoded) === undefined) return undefined;
      entries.push([key, decoded]);
    }
    return Object.fromEntries(entries);
  },
};

function decodePercent(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
