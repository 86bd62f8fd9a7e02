/** Times as log lines have them: RFC 3339, UTC, with milliseconds. */

let lastSecond = Number.NaN;
let lastPrefix = '';

/** `2026-11-23T19:10:04.052Z` for whole milliseconds since the epoch. Lines of one second share most of the work. */
export function timestampOf(epochMs: number): string {
  const second = Math.floor(epochMs / 1000);
  if (second !== lastSecond) {
    lastPrefix = new Date(second * 1000).toISOString().slice(0, -4);
    lastSecond = second;
  }
  const ms = epochMs - second * 1000;
  return `${lastPrefix}${ms < 10 ? '00' : ms < 100 ? '0' : ''}${ms}Z`;
}
