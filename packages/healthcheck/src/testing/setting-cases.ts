/** What the settings of a probe may hold, and what each value is the same as, for every client. */

const SPACES = '\t\n\v\f\r \u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000\ufeff';

/** To the app, in as many characters as a folder may have. */
const LONG_WAY = `.${'/'.repeat(1020)}app`;

/** Stands for a setting that is not there. */
const UNSET = undefined;

export interface SettingCases {
  readonly name: string;
  /** All else, such that what the setting is shows in what the probe says. */
  readonly env: Readonly<Record<string, string>>;
  /** Values, and what each is the same as. */
  readonly cases: readonly (readonly [value: string, meant: string | undefined])[];
}

/**
 * Every setting of both clients. In the values, `{port}` is a port that is listened on at all addresses, and answers with the one at which it was
 * asked; an app has its socket in `{app}`, another in `{tmp}`. The programs run in the folder above these.
 */
export const SETTINGS: readonly SettingCases[] = [
  {
    name: 'PORTHOLE_ADMIN_PORT',
    env: { PORTHOLE_CONTROL: 'off' },
    cases: [
      ['', UNSET],
      [' ', UNSET],
      [SPACES, UNSET],
      [' {port}', '{port}'],
      ['{port}\n', '{port}'],
      [`${SPACES}{port}${SPACES}`, '{port}'],
      ['\u200b{port}', UNSET],
      ['\u0085{port}', UNSET],
      ['00001', '1'],
      ['000001', UNSET],
      ['0', '0'],
      ['65535', '65535'],
      ['65536', UNSET],
      ['99999', UNSET],
      ['18446744073709551617', UNSET],
      ['-1', UNSET],
      ['+{port}', UNSET],
      ['{port}.0', UNSET],
      ['1e3', UNSET],
      ['0x50', UNSET],
      ['1 2', UNSET],
      ['ninety', UNSET],
      ['\u0661', UNSET],
      ['off', 'off'],
      [' OFF\t', 'off'],
      ['offf', UNSET],
      ['of', UNSET],
    ],
  },
  {
    name: 'PORTHOLE_ADMIN_HOST',
    env: { PORTHOLE_CONTROL: 'off', PORTHOLE_ADMIN_PORT: '{port}' },
    cases: [
      ['', UNSET],
      [SPACES, UNSET],
      ['0.0.0.0', UNSET],
      [' 0.0.0.0 ', UNSET],
      ['127.0.0.1', UNSET],
      ['127.0.0.2', '127.0.0.2'],
      [`${SPACES}127.0.0.2${SPACES}`, '127.0.0.2'],
      ['::', '::1'],
      ['\t::\n', '::1'],
      ['::1', '::1'],
      [' ::1', '::1'],
      ['::0', '::0'],
      ['0:0:0:0:0:0:0:1', '0:0:0:0:0:0:0:1'],
      ['0000:0000:0000:0000:0000:ffff:127.0.0.2', '0000:0000:0000:0000:0000:ffff:127.0.0.2'],
      ['::ffff:127.0.0.2', '::ffff:127.0.0.2'],
      ['::FFFF:7f00:2', '::FFFF:7f00:2'],
      ['::1%lo', '::1%lo'],
      ['::1%nothing', '::1%nothing'],
      // Numbers of inet_aton(3).
      ['127.2', '127.2'],
      ['127.0.0.010', '127.0.0.010'],
      ['0x7f.0.2', '0x7f.0.2'],
      ['2130706434', '2130706434'],
      ['0', '0'],
      // Bad ones.
      ['[::1]', UNSET],
      ['[::]', UNSET],
      ['[127.0.0.2]', UNSET],
      ['127.0.0.2:80', UNSET],
      ['::1%', UNSET],
      ['::1%l o', UNSET],
      ['%lo', UNSET],
      [':', UNSET],
      [':::', UNSET],
      [':1', UNSET],
      ['1:', UNSET],
      ['1::2::3', UNSET],
      ['1:::2', UNSET],
      ['1:2:3:4:5:6:7', UNSET],
      ['1:2:3:4:5:6:7:8:9', UNSET],
      ['1:2:3:4:5:6:7::8', UNSET],
      ['::12345', UNSET],
      ['::g', UNSET],
      ['::127.0.0.256', UNSET],
      ['::127.0.0.01', UNSET],
      ['::127.0.0', UNSET],
      ['::127.0.0.1:1', UNSET],
      ['1:2:3:4:5:6:7:127.0.0.1', UNSET],
      ['-localhost', UNSET],
      ['localhost-', UNSET],
      ['.localhost', UNSET],
      ['local host', UNSET],
      ['127.0.0.2,127.0.0.3', UNSET],
      ['http://127.0.0.2', UNSET],
      ['127.0.0.2/', UNSET],
      ['*', UNSET],
      ['-', UNSET],
      ['käse', UNSET],
      ['127.0.0.2\u007f', UNSET],
      ['x'.repeat(254), UNSET],
      [`${'0'.repeat(246)}127.0.0.2`, UNSET],
    ],
  },
  {
    name: 'PORTHOLE_CONTROL',
    env: { PORTHOLE_DIR: '{app}', PORTHOLE_ADMIN_PORT: 'off' },
    cases: [
      ['', UNSET],
      [' ', UNSET],
      ['on', UNSET],
      ['yes', UNSET],
      ['maybe', UNSET],
      ['2', UNSET],
      ['of', UNSET],
      ['o f f', UNSET],
      ['off', 'off'],
      [' Off ', 'off'],
      ['\u00a0FALSE\n', 'off'],
      ['0', 'off'],
      ['00', UNSET],
      ['No', 'off'],
      ['none', UNSET],
    ],
  },
  {
    name: 'PORTHOLE_DIR',
    env: { PORTHOLE_DIR: '', PORTHOLE_ADMIN_PORT: 'off', TMPDIR: '{tmp}' },
    cases: [
      ['', UNSET],
      [SPACES, UNSET],
      ['{app}', '{app}'],
      [`${SPACES}{app}${SPACES}`, '{app}'],
      ['{app}/', '{app}'],
      ['app', '{app}'],
      ['./app', '{app}'],
      ['../nothing', '/nothing'],
      ['{app}/x', '/nothing'],
      ['{app}\n{app}', UNSET],
      ['{app}\u001b', UNSET],
      ['{app}\u007f', UNSET],
      ['{app}\u0085', UNSET],
      ['/a\u2028b', UNSET],
      ['/käse 🧀 \u00a0 \u202e', '/nothing'],
      // In the units of UTF-16.
      ['x'.repeat(1024), '/nothing'],
      ['x'.repeat(1025), UNSET],
      [` ${'x'.repeat(1024)} `, '/nothing'],
      ['ü'.repeat(1024), '/nothing'],
      ['ü'.repeat(1025), UNSET],
      ['🧀'.repeat(512), '/nothing'],
      ['🧀'.repeat(513), UNSET],
      // It is there, and no socket's path may be so long.
      [LONG_WAY, LONG_WAY],
    ],
  },
  ...['TMPDIR', 'TMP', 'TEMP'].map((name) => ({
    name,
    env: { PORTHOLE_DIR: '', PORTHOLE_ADMIN_PORT: 'off', TEMP: '{tmp}' },
    cases: [
      ...(name === 'TEMP' ? [] : [['', UNSET] as const]),
      ['{app}', '{app}'],
      ['{app}/', '{app}'],
      ['app', '{app}'],
      ['/dev/shm', '/nothing'],
      ['/dev/shm/', '/nothing'],
      // Node.js trims none of these.
      [' {app}', '/nothing'],
      [' ', '/nothing'],
      ['x'.repeat(5000), '/nothing'],
    ] as const,
  })),
];
