/** Strings as JSON that no log viewer can be fooled with. */

// Characters that need no escape: printable ASCII without the quote and the backslash. Most strings of a log line are
// such.
const PLAIN = /^[ !#-[\]-~]*$/;

// Legal in a JSON string, yet a terminal or a viewer obeys them: DEL and C1 controls, line separators, bidi controls,
// the BOM.
const DECEPTIVE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * `text` as a JSON string with its quotes, in well-formed UTF-16 (RFC 8259, section 8.2). A text of more than
 * `maxBytes` in UTF-8 (at least 5) is cut between characters and ends in `…`.
 */
export function jsonString(text: string, maxBytes: number = Number.POSITIVE_INFINITY): string {
  // No character takes less than one byte.
  if (text.length + 2 > maxBytes) return cut(text, maxBytes);
  if (PLAIN.test(text)) return `"${text}"`;
  const json = escaped(text);
  return Buffer.byteLength(json) <= maxBytes ? json : cut(text, maxBytes);
}

function cut(text: string, maxBytes: number): string {
  let length = Math.min(text.length, maxBytes);
  for (;;) {
    const json = escaped(`${withoutHalfPair(text.slice(0, length))}…`);
    const bytes = Buffer.byteLength(json);
    if (bytes <= maxBytes || length === 0) return json;
    length = Math.min(length - 1, Math.floor((length * maxBytes) / bytes));
  }
}

function withoutHalfPair(text: string): string {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff ? text.slice(0, -1) : text;
}

function escaped(text: string): string {
  return JSON.stringify(text).replace(DECEPTIVE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
