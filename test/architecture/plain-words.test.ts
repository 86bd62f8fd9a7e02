/** The rule for words of CONTRIBUTING.md, for the texts that are written by it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { proseOf, textsOf, unplainSentences } from './plain-words.js';
import { ROOT } from './workspace.js';

/** Tests, and the files that only tests use, are not here yet: see the filter below. */
const WRITTEN = ['README.md', 'CHANGELOG.md', '.changeset', 'SECURITY.md', 'docs', 'packages'];

const files = execFileSync('git', ['ls-files', ...WRITTEN], { cwd: ROOT, encoding: 'utf8' })
  .split('\n')
  .filter((file) => /\.(?:ts|md)$/.test(file) && !/\.(?:test|fixture)\.ts$|\/testing\/|tsup\.config\.ts$/.test(file));

test.each(files)('%s is written in plain words', (file) => {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const texts = file.endsWith('.md') ? [proseOf(text)] : textsOf(text);
  expect(texts.flatMap(unplainSentences)).toEqual([]);
});

describe('the check finds', () => {
  test.each([
    ['an accent', 'A service that is blocked is told of.', 'write report, return, log or print'],
    ['a condition with "where"', 'The limit, or undefined where there is none.', 'write "if", or name the place'],
    ['a clause for a noun', 'What is called wrongly throws.', 'write a noun'],
    ['a negated noun', 'It is no port.', 'write "is not a"'],
    ['a long sentence', `One ${'two '.repeat(25)}.`, '26 words, of 25 at most'],
  ])('%s', (_, sentence, advice) => {
    expect(unplainSentences(`Fine. ${sentence} Fine.`)).toEqual([`${sentence.trim()} (${advice})`]);
  });

  test('nothing in code, in plain sentences and in questions', () => {
    expect(unplainSentences('The port is not valid. There is no socket. What now? `where what nobody`')).toEqual([]);
    expect(proseOf('Text.\n\n```js\nwhere();\n```\n[link](where.md)')).not.toContain('where');
  });

  test('comments and strings of several words', () => {
    expect(
      textsOf(
        [
          '/** One. */',
          '// Two.',
          "const a = 'three four five';",
          'const b = `six $' + "{a} seven eight`; f('x');",
        ].join('\n'),
      ),
    ).toEqual(['One.', 'Two.', 'three four five', 'six X seven eight']);
  });
});
