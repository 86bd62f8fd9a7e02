/**
 * What steers a terminal instead of showing on it: control characters, line and paragraph separators, and what changes the
 * direction of writing. For `String.prototype.replace`, which takes every match.
 */
export const TERMINAL_CONTROLS: RegExp =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to find
  /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
