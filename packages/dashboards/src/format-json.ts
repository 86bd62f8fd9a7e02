/** JSON as the workspace's formatter writes it, so that generated and checked-in files have the same bytes. */

const LINE_WIDTH = 120;

/** `value` as JSON, indented by two; an array of plain values stands on one line if it fits. */
export function formatJson(value: unknown): string {
  // Line ends within strings are escaped in JSON, so a bracket before one always opens an array.
  const text = JSON.stringify(value, null, 2);
  return `${text.replace(/^(.*)\[\n([^[\]{}]*?)\n\s*\](,?)$/gm, oneLineIfItFits)}\n`;
}

function oneLineIfItFits(whole: string, before: string, members: string, comma: string): string {
  const line = `${before}[${members.trim().replace(/\n\s*/g, ' ')}]${comma}`;
  return line.length <= LINE_WIDTH ? line : whole;
}
