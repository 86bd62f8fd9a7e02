/**
 * Parsers of lists: comma-separated members, blanks around them left out. Invalid members are reported, and the others
 * count.
 */
import { flag, type ValueType } from './parse-value.js';

/** Some of `words`, in any case, or a `flag`: all of them if it is on, none if it is off. */
export function someOf<const Words extends readonly string[]>(...words: Words): ValueType<readonly Words[number][]> {
  const wordOf = (member: string): Words[number] | undefined => words.find((word) => word === member.toLowerCase());
  return listOf(
    `"true", "false", or some of ${words.map((word) => `"${word}"`).join(', ')}, separated by commas`,
    wordOf,
    (word) => {
      const isOn = flag.parse(word);
      return isOn === undefined ? undefined : isOn ? words : [];
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
    noneAsList,
  );
}

const MAX_PATH_LENGTH = 256;

/**
 * Characters of a path (RFC 3986, section 3.3) but for `*`: paths are compared as they are, and who writes it means a
 * pattern.
 */
const PATH = /^\/[\w.~!$&'()+;=:@%/-]*$/;

/** Paths, or `none`. */
export const paths: ValueType<readonly string[]> = /* @__PURE__ */ listOf(
  'whole paths that begin with "/", separated by commas, or "none"',
  (member) => (member.length <= MAX_PATH_LENGTH && PATH.test(member) ? member : undefined),
  noneAsList,
);

const MAX_METHOD_LENGTH = 64;

/** `token` of RFC 9110, section 5.6.2. */
const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Request methods, which are case-sensitive. */
export const methods: ValueType<readonly string[]> = /* @__PURE__ */ listOf(
  'request methods, separated by commas',
  (member) => (member.length <= MAX_METHOD_LENGTH && METHOD.test(member) ? member : undefined),
  () => undefined,
);

/** The meaning of `none`. */
function noneAsList(word: string): readonly [] | undefined {
  return word.toLowerCase() === 'none' ? [] : undefined;
}

/** @param parseWhole - the meaning of the text if it is a word instead of a list */
function listOf<T>(
  expected: string,
  parseMember: (member: string) => T | undefined,
  parseWhole: (text: string) => readonly T[] | undefined,
): ValueType<readonly T[]> {
  const membersOf = (text: string): string[] =>
    text
      .split(',')
      .map((member) => member.trim())
      .filter((member) => member !== '');
  return {
    expected,
    parse: (text) => {
      const whole = parseWhole(text);
      if (whole !== undefined) return whole;
      const members = membersOf(text);
      const parsed = members.map(parseMember).filter((member) => member !== undefined);
      return parsed.length === 0 && members.length > 0 ? undefined : [...new Set(parsed)];
    },
    unusable: (text) =>
      parseWhole(text) !== undefined ? [] : membersOf(text).filter((member) => parseMember(member) === undefined),
  };
}
