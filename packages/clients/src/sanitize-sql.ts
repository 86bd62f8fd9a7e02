/** Removes the literal values from SQL statements. */

/** The databases differ in quoting and comments. */
export type SqlDialect = 'postgresql' | 'mysql';

/** The limit of the result: statements that are built in a loop have no bound. */
const MAX_CHARACTERS = 1024;

/** The limit of the input: the rest is cut off before the work begins. */
const MAX_INPUT_CHARACTERS = 32_768;

/** The tokens to handle, matched at the end of the last one. Any other text is copied character by character. */
const TOKENS: Readonly<Record<SqlDialect, RegExp>> = {
  postgresql:
    /(?<comment>--[^\n]*|\/\*)|(?<literal>[eE]'(?:[^'\\]|\\.|'')*(?:'|\\?$)|(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*(?:'|$))|(?<dollar>\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)|(?<name>"(?:[^"]|"")*(?:"|$)|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\$\d+)|(?<number>\d[\w.]*(?:(?<=[eE])[+-]\d+)?|\.\d[\w]*)|(?<space>\s+)/suy,
  mysql:
    /(?<comment>--(?=\s|$)[^\n]*|#[^\n]*|\/\*)|(?<literal>(?:[bBxXnN]|_[a-z0-9]+\s*)?(?:'(?:[^'\\]|\\.|'')*(?:'|\\?$)|"(?:[^"\\]|\\.|"")*(?:"|\\?$)))|(?<dollar>(?!))|(?<name>`(?:[^`]|``)*(?:`|$)|[@A-Za-z_$\u0080-\uffff][\w$@\u0080-\uffff]*)|(?<number>\d[\w.]*(?:(?<=[eE])[+-]\d+)?|\.\d[\w]*)|(?<space>\s+)/suy,
};

/**
 * `statement` with `?` for each literal, without comments, on one line, cut to 1024 characters. From an unclosed
 * literal or comment on, everything is left out. For MySQL, a backslash escapes, which is its default. The time is
 * linear in the length of the statement.
 */
export function sanitizeSql(statement: string, dialect: SqlDialect): string {
  const input = statement.slice(0, MAX_INPUT_CHARACTERS);
  const token = TOKENS[dialect];
  let text = '';
  let position = 0;
  while (position < input.length && text.length < MAX_CHARACTERS * 2) {
    token.lastIndex = position;
    const match = token.exec(input);
    if (match === null) {
      text += input[position];
      position += 1;
      continue;
    }
    const { comment, literal, dollar, number, space } = match.groups as Readonly<Record<string, string | undefined>>;
    position = token.lastIndex;
    if (comment !== undefined) {
      if (comment.startsWith('/*')) position = endOfComment(input, position, dialect);
      text += ' ';
    } else if (dollar !== undefined) {
      position = endOf(input, dollar, position);
      text += '?';
    } else if (literal !== undefined || number !== undefined) text += '?';
    else if (space !== undefined) text += ' ';
    else text += match[0];
  }
  const line = withoutLists(text.replace(/ +/g, ' ').trim());
  const isCut = position < input.length || input.length < statement.length || line.length > MAX_CHARACTERS;
  return isCut ? `${line.slice(0, MAX_CHARACTERS - 1)}…` : line;
}

/** Replaces lists of values of any length by one form: otherwise each length would be another statement. */
function withoutLists(text: string): string {
  return text.replace(/\( ?\?(?: ?, ?\?)* ?\)(?: ?, ?\( ?\?(?: ?, ?\?)* ?\))*/g, '(?)');
}

/** The end of a comment. PostgreSQL nests comments. */
function endOfComment(input: string, start: number, dialect: SqlDialect): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = start;
  for (let depth = 1; ; ) {
    const match = mark.exec(input);
    if (match === null) return input.length;
    if (match[0] === '*/') depth -= 1;
    else if (dialect === 'postgresql') depth += 1;
    if (depth === 0) return mark.lastIndex;
  }
}

/** The end of the text between two `mark`s. */
function endOf(input: string, mark: string, start: number): number {
  const end = input.indexOf(mark, start);
  return end < 0 ? input.length : end + mark.length;
}
