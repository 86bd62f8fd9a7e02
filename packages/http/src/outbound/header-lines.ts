/** Header lines in wire format: `name: value`, each with its line break. Names are searched in lower case. */

const LINE_BREAK = '\r\n';

/** The value of the header `name`; the values of several lines are joined by commas. */
export function valueOfLines(lines: string, name: string): string | undefined {
  const values = lines.split(LINE_BREAK).filter((line) => isNamed(line, name));
  return values.length === 0 ? undefined : values.map((line) => line.slice(name.length + 1).trim()).join(',');
}

/** The lines without those of the header `name`. */
export function withoutLines(lines: string, name: string): string {
  const kept = lines.split(LINE_BREAK).filter((line) => !isNamed(line, name));
  return kept.join(LINE_BREAK);
}

function isNamed(line: string, name: string): boolean {
  return line[name.length] === ':' && line.slice(0, name.length).toLowerCase() === name;
}
