import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const INTERNAL = fileURLToPath(new URL('../../dist/internal.cjs', import.meta.url));
const PROGRAM = `console.log(require(${JSON.stringify(INTERNAL)}).unhandledRejectionsMode())`;

function modeOf(args: readonly string[], nodeOptions = ''): string {
  const env = { ...process.env, NODE_OPTIONS: nodeOptions };
  return execFileSync(process.execPath, [...args, '-e', PROGRAM], { env, encoding: 'utf8' }).trim();
}

describe('unhandledRejectionsMode', () => {
  test.each([
    ['throw', [], ''],
    ['warn', ['--unhandled-rejections=warn'], ''],
    ['none', ['--unhandled-rejections', 'none'], ''],
    ['strict', ['--unhandled_rejections=strict'], ''],
    ['none', [], '--no-warnings --unhandled-rejections=none'],
    ['warn', [], '--unhandled-rejections warn'],
    ['strict', ['--unhandled-rejections=strict'], '--unhandled-rejections=none'],
    ['warn', [], '"--unhandled-rejections=warn" "--title=a \\" --unhandled-rejections=none"'],
  ])('is %s with %j and NODE_OPTIONS "%s"', (mode, args, nodeOptions) => {
    expect(modeOf(args, nodeOptions)).toBe(mode);
  });
});
