/** Parsers of lists: comma-separated members, blanks around them left out. Members that are not valid are told of, and the others count. */
import type { ValueType } from './parse-value.js';

/** Some of `words`, in any case. `true` (`on`) stands for all of them, `false` (`off`) for none. */
export function someOf<const Words extends readonly string[]>(...words: Words): ValueType<readonly Words[number][]> {
  const wordOf = (member: string): Words[number] | undefined => words.find((word) => word === member.toLowerCase());
  return listOf(
    `"true", "false", or some of ${words.map((word) => `"${word}"`).join(', ')}, separated by commas`,
    wordOf,
    {
      true: words,
      on: words,
      '1': words,
      false: [],
      off: [],
      '0': [],
    },
  );
}

/** Some of `words`, in any case, or `none`. */
export function wordsOrNone<const Words extends readonly string[]>(
  ...words: Words
): ValueType<readonly Words[number][]> {
  return listOf(
    `some of ${words.map((word) => `"${word}"`).join(', ')}, separated by commas, or "none"`,
    (member): Words[number] | undefined => words.find((word) => word === member.toLowerCase()),
    { none: [] },
  );
}

const MAX_PATH_LENGTH = 256;

/** Characters of a path (RFC 3986, section 3.3). */
const PATH = /^\/[\w.~!$&'()*+;=:@%/-]*$/;

/** Paths, or `none`. */
export const paths: ValueType<readonly string[]> = /* @__PURE__ */ listOf(
  'paths that begin with "/", separated by commas, or "none"',
  (member) => (member.length <= MAX_PATH_LENGTH && PATH.test(member) ? member : undefined),
  { none: [] },
);

/** @param whole - what single words stand for instead of a list */
function listOf<T>(
  expected: string,
  parseMember: (member: string) => T | undefined,
  whole: Readonly<Record<string, readonly T[]>>,
): ValueType<readonly T[]> {
  const membersOf = (text: string): string[] =>
    text
      .split(',')
      .map((member) => member.trim())
      .filter((member) => member !== '');
  return {
    expected,
    parse: (text) => {
      const word = text.toLowerCase();
      if (Object.hasOwn(whole, word)) return whole[word];
      const members = membersOf(text);
      const parsed = members.map(parseMember).filter((member) => member !== undefined);
      return parsed.length === 0 && members.length > 0 ? undefined : [...new Set(parsed)];
    },
    unusable: (text) =>
      Object.hasOwn(whole, text.toLowerCase())
        ? []
        : membersOf(text).filter((member) => parseMember(member) === undefined),
  };
}
