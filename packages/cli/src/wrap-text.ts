/** Text for a terminal that has so many columns. */

/** `text` in rows of at most `columns` characters, broken after blanks and commas; a word that is longer is cut. */
export function wrapText(text: string, columns: number): readonly string[] {
  const rows: string[] = [];
  let rest = text;
  while (rest.length > columns) {
    const head = rest.slice(0, columns + 1);
    const blankAt = head.lastIndexOf(' ');
    const commaAt = head.slice(0, columns).lastIndexOf(',') + 1;
    const end = Math.max(blankAt, commaAt) > 0 ? Math.max(blankAt, commaAt) : columns;
    rows.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return [...rows, rest];
}
