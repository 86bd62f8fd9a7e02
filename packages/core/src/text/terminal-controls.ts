/**
 * Characters that steer a terminal: control characters, line and paragraph separators, and marks that change the
 * direction of writing (Unicode's Bidi_Control). For `String.prototype.replace`, which takes every match.
 */
export const TERMINAL_CONTROLS: RegExp =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to find
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
