import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Config, PortholeOptions } from './config.js';
import { loadConfig, resolveConfig } from './resolve-config.js';
import type { Variable } from './variable.js';
import { variables } from './variables.js';

const MEGABYTE = 1 << 20;

/** What no setting takes. */
const ALWAYS_BAD = [
  'x'.repeat(MEGABYTE),
  '1'.repeat(MEGABYTE),
  `${'1'.repeat(MEGABYTE)}!`,
  'a\u0000b',
  '\u001b[31mred\u001b[0m',
  'two\nlines',
  'a\u0085b',
  'a\u2028b',
  '\ud800',
];

const NO_SWITCH = ['2', '-1', 'enabled', 'o n', 'null', '[object Object]'];
const NO_WORD = ['1', 'true', 'nonsense', 'constructor', '__proto__'];
const NO_DURATION = ['-1', 'soon', '9 s', '1h', '9999m', '1e3', 'NaN', 'Infinity'];
const NO_URL = [
  '1',
  'true',
  'collector',
  'collector:4318',
  '//collector',
  'ftp://collector',
  'http://',
  'http://a:99999',
];
const NO_COUNT = ['-1', '1.5', '1e3', '0x10', 'many', 'NaN', '1000000000'];
const NO_FILE = ['/', '/none/such.pem', '/dev/zero', '/etc/hostname'];
const NO_PAIRS = ['1', 'true', '=1', 'a=1,b', 'a=%', 'a=%zz', 'a=%00', 'a\u0001=1'];

/** Of the wrong type, out of range, not among the words: for each setting. */
const BAD: Readonly<Record<keyof Config, readonly string[]>> = {
  resourceAttributes: NO_PAIRS,
  serviceName: [],
  serviceVersion: [],
  environment: [],
  logLevel: [...NO_WORD, 'verbose', '30', 'warning'],
  logFormat: NO_WORD,
  adminPort: ['-1', '65536', '9464.5', 'http', '0x50', '1e3', 'on'],
  adminHost: ['a b', 'http://a', 'a:80', '-a'],
  directory: [],
  control: NO_SWITCH,
  shutdownDeadlineMs: [...NO_DURATION, '0', '99ms'],
  shutdownDelayMs: NO_DURATION,
  sdkDisabled: [...NO_SWITCH, '1', 'yes', 'on'],
  tracesExporter: [...NO_WORD, 'console', 'otlp,console'],
  otlpEndpoint: NO_URL,
  otlpTracesEndpoint: NO_URL,
  otlpMetricsEndpoint: NO_URL,
  otlpTracesHeaders: [...NO_PAIRS, 'a b=1', 'a=%0d%0ab'],
  otlpMetricsHeaders: [...NO_PAIRS, 'a b=1', 'a=%0d%0ab'],
  traceKeepErrors: NO_SWITCH,
  traceKeepSlowerThanMs: NO_DURATION,
  propagators: ['1', 'true', 'w3c', 'b3 multi', 'none,b4'],
  knownMethods: ['GE T', 'GET;PUT', '(GET)', 'x'.repeat(65)],
  ignorePaths: ['metrics', '1', '/a b', '/ä', '/a?b', `/${'a'.repeat(256)}`],
  disabled: ['2', 'everything', 'htt p', 'null', '-1'],
  otlpTracesProtocol: [...NO_WORD, 'http', 'http/thrift'],
  otlpMetricsProtocol: [...NO_WORD, 'http', 'http/thrift'],
  otlpTracesCompression: [...NO_WORD, 'zstd'],
  otlpMetricsCompression: [...NO_WORD, 'zstd'],
  otlpTracesCertificateFile: NO_FILE,
  otlpMetricsCertificateFile: NO_FILE,
  otlpTracesClientCertificateFile: NO_FILE,
  otlpMetricsClientCertificateFile: NO_FILE,
  otlpTracesClientKeyFile: NO_FILE,
  otlpMetricsClientKeyFile: NO_FILE,
  otlpTracesTimeoutMs: [...NO_DURATION, '0'],
  otlpMetricsTimeoutMs: [...NO_DURATION, '0'],
  metricsExporter: [...NO_WORD, 'console', 'otlp,prometheus'],
  metricExportIntervalMs: [...NO_DURATION, '0', '99ms', '25h'],
  exportIntervalMs: [...NO_DURATION, '0'],
  exportTimeoutMs: NO_DURATION,
  maxQueuedSpans: NO_COUNT,
  maxExportSpans: NO_COUNT,
  sampler: [...NO_WORD, 'xray', 'parentbased_jaeger_remote'],
  samplerRatio: ['-0.1', '1.1', 'NaN', 'Infinity', '50%', '0,5', '1e3', 'half'],
  watchdog: NO_SWITCH,
  strict: NO_SWITCH,
};

const table = Object.entries(variables) as [keyof Config, Variable<unknown>][];
const defaults = resolveConfig({}, {}).config;
const rows = table.flatMap(([key, variable]) =>
  [...variable.names, variable.fallback ?? []].flat().map((name) => [name, key, variable] as const),
);
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

test('with nothing said, each setting has its default', () => {
  const { config, settings, problems } = resolveConfig({}, {});
  for (const [key, variable] of table) expect(config[key]).toEqual(variable.defaultValue);
  expect(settings.map((setting) => setting.key)).toEqual(Object.keys(config));
  expect(new Set(settings.map((setting) => setting.source))).toEqual(new Set(['default']));
  expect(problems).toEqual([]);
});

test('every default is a value that the setting itself would take', () => {
  for (const [, { type, defaultValue }] of table) {
    if (typeof defaultValue === 'object' || defaultValue === '') continue;
    expect(type.parse(String(defaultValue))).toEqual(defaultValue);
  }
});

describe.each(rows)('%s', (name, key, variable) => {
  test.each([[''], [' '], ['\t\n']])('set to %j is not set', (value) => {
    expect(resolveConfig({ [name]: value }, {})).toEqual(resolveConfig({}, {}));
  });

  test.each([...ALWAYS_BAD, ...BAD[key]].map((value) => [value.slice(0, 40), value]))(
    'set to %j leaves the default and makes one problem',
    (_, value) => {
      const { config, problems } = resolveConfig({ [name]: value }, {});
      expect(config).toEqual(defaults);
      expect(problems).toHaveLength(1);
      expect(problems[0]?.source).toBe(name);

      const message = problems[0]?.message ?? '';
      const [, shown, used] =
        /^[A-Z_]+=("?.*?"?) is not valid: expected .+; using (.+) \(the default\)$/u.exec(message) ?? [];
      expect(message.startsWith(`${name}=`)).toBe(true);
      expect(message).toContain(variable.type.expected);
      const whole = resolveConfig({}, {}).settings.find((setting) => setting.key === key)?.value ?? '';
      if (used?.endsWith('…"')) expect(whole.startsWith(used.slice(0, -2))).toBe(true);
      else expect(used).toBe(whole);
      expect(message).not.toMatch(UNPRINTABLE);
      if (variable.secret) expect(shown).toBe('(hidden)');
      else if (/^[\w.:/,=%-]{1,60}$/.test(value)) expect(shown).toBe(`"${value}"`);
      expect(shown?.length).toBeLessThanOrEqual(63);
    },
  );
});

test('a long value is shown as a whole among the settings, and cut in a sentence', () => {
  const { settings, problems } = resolveConfig({ PORTHOLE_IGNORE_PATHS: '/orders/*' }, {});
  const paths = settings.find(({ key }) => key === 'ignorePaths');
  expect(paths?.value).toMatch(/^"\/livez,.{60,}[^…]"$/);
  expect(problems[0]?.message).toMatch(
    /^PORTHOLE_IGNORE_PATHS="\/orders\/\*" is not valid: .*; using "\/livez,.{1,60}…"/,
  );
});

test('where one setting has several variables, the next one stands in for one that cannot be used', () => {
  const { config, problems } = resolveConfig(
    { OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: 'soon', OTEL_EXPORTER_OTLP_TIMEOUT: '5000' },
    {},
  );
  expect(config.otlpTracesTimeoutMs).toBe(5000);
  expect(config.otlpMetricsTimeoutMs).toBe(5000);
  expect(problems.map(({ message }) => message)).toEqual([
    'OTEL_EXPORTER_OTLP_TRACES_TIMEOUT="soon" is not valid: expected a duration from 1ms to 600s, such as "9s" or "500ms"; a bare number is milliseconds; using 5s (OTEL_EXPORTER_OTLP_TIMEOUT)',
  ]);
});

test('variables win over options, and options over defaults', () => {
  const options: PortholeOptions = { service: 'from-option', adminPort: 1, logLevel: 'debug', control: false };
  const { config, settings } = resolveConfig({ OTEL_SERVICE_NAME: ' from-env ', PORTHOLE_ADMIN_PORT: '2' }, options);
  expect(config).toEqual({ ...defaults, serviceName: 'from-env', adminPort: 2, logLevel: 'debug', control: false });
  const sources = Object.fromEntries(settings.map(({ key, source }) => [key, source]));
  expect(sources).toMatchObject({
    serviceName: 'OTEL_SERVICE_NAME',
    adminPort: 'PORTHOLE_ADMIN_PORT',
    logLevel: 'option logLevel',
    control: 'option control',
    strict: 'default',
    watchdog: 'default',
  });
});

test("the service's name comes from its variable, the resource attributes, DD_SERVICE and the option, in that order", () => {
  const environment: Record<string, string> = {
    OTEL_SERVICE_NAME: 'a',
    OTEL_RESOURCE_ATTRIBUTES: 'service.name=b,team=x',
    DD_SERVICE: 'c',
  };
  const names: string[] = [];
  for (const next of ['OTEL_SERVICE_NAME', 'OTEL_RESOURCE_ATTRIBUTES', 'DD_SERVICE']) {
    names.push(resolveConfig(environment, { service: 'd' }).config.serviceName);
    delete environment[next];
  }
  names.push(resolveConfig(environment, { service: 'd' }).config.serviceName);
  expect(names).toEqual(['a', 'b', 'c', 'd']);
});

test('a setting without a variable of its own is named after its resource attribute, whatever it came from', () => {
  const shown = (environment: Record<string, string>, options: PortholeOptions = {}): unknown =>
    resolveConfig(environment, options)
      .settings.filter(({ key }) => key === 'serviceVersion' || key === 'environment')
      .map(({ name, value, source }) => `${name} = ${value} (${source})`);
  expect(shown({}, { version: '1.0.0' })).toEqual([
    'service.version = "1.0.0" (option version)',
    'deployment.environment.name = none (default)',
  ]);
  const datadog = { DD_VERSION: '2', DD_ENV: 'staging' };
  expect(shown(datadog, { version: '1.0.0' })).toEqual([
    'service.version = "2" (DD_VERSION)',
    'deployment.environment.name = "staging" (DD_ENV)',
  ]);
  expect(shown({ ...datadog, OTEL_RESOURCE_ATTRIBUTES: 'service.version=3' })).toEqual([
    'service.version = "3" (OTEL_RESOURCE_ATTRIBUTES)',
    'deployment.environment.name = "staging" (DD_ENV)',
  ]);
});

test('what is wrong with a traces exporter does not advertise a value that OpenTelemetry does not know', () => {
  expect(resolveConfig({ OTEL_TRACES_EXPORTER: 'console' }, {}).problems.map(({ message }) => message)).toEqual([
    'OTEL_TRACES_EXPORTER="console" is not valid: expected "otlp" or "none"; using "auto" (the default)',
  ]);
});

test('secrets are shown in no setting and no problem', () => {
  const url = 'https://user:canary@collector/v1?key=canary';
  const good = resolveConfig(
    {
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=canary',
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url,
    },
    {},
  );
  expect(good.config.otlpTracesHeaders).toEqual({ authorization: 'canary' });
  expect(good.config.otlpEndpoint).toBe(url);
  expect(JSON.stringify(good.settings)).not.toContain('canary');

  const bad = resolveConfig(
    {
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=canary%',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'canary',
      OTEL_EXPORTER_OTLP_ENDPOINT: url.replace('https', 'ftp'),
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'user:canary@collector',
    },
    {},
  );
  expect(bad.problems).toHaveLength(4);
  expect(JSON.stringify([bad.problems, bad.settings])).not.toContain('canary');
});

test('an option of the wrong type is a problem too', () => {
  const { config, problems } = resolveConfig({}, { adminPort: { secret: 'canary' }, logLevel: 5 } as never);
  expect(config).toEqual(defaults);
  expect(problems.map(({ message }) => message)).toEqual([
    'option logLevel=5 is not valid: expected "trace", "debug", "info", "warn", "error", "fatal", "silent"; using "info" (the default)',
    'option adminPort=(object) is not valid: expected a port from 0 to 65535, or "off"; using 9464 (the default)',
  ]);
});

test('whatever the environment and the options hold: no throw, a whole config, and the input as it was', () => {
  const names = rows.map(([name]) => name);
  const keys = table.flatMap(([, { option }]) => (option === undefined ? [] : [option]));
  const hostile = fc.oneof(fc.anything({ withBigInt: true, withNullPrototype: true }), fc.constant(Symbol('x')));
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...names), fc.string({ unit: 'binary' })),
      fc.dictionary(fc.constantFrom(...keys), hostile),
      (environment, options) => {
        const before = { ...environment };
        const { config, settings, problems } = resolveConfig(Object.freeze(environment), Object.freeze(options));
        expect(environment).toEqual(before);
        expect(Object.keys(config)).toEqual(Object.keys(defaults));
        for (const { value } of settings) expect(value).not.toMatch(UNPRINTABLE);
        for (const { message } of problems) expect(message).not.toMatch(UNPRINTABLE);
      },
    ),
  );
});

test('the process environment is read when it is asked for, not before', () => {
  process.env.LOG_LEVEL = 'fatal';
  try {
    expect(loadConfig().config.logLevel).toBe('fatal');
  } finally {
    delete process.env.LOG_LEVEL;
  }
  expect(loadConfig({ logLevel: 'error' }).config.logLevel).toBe('error');
});

test('silent is a log level, and an option that is undefined counts as not given', () => {
  const { config, problems } = resolveConfig(
    { LOG_LEVEL: 'silent' },
    { version: undefined, logFormat: 'auto', service: undefined },
  );
  expect(problems).toEqual([]);
  expect(config).toMatchObject({ logLevel: 'silent', logFormat: 'auto', serviceName: 'unknown_service:node' });
});
