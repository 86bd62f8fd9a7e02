/** A line of Node.js: its major version, and the program. */
export interface NodeLine {
  readonly major: string;
  readonly program: string;
}

/** Those that are there, other than this one. */
export function otherNodeLines(): readonly NodeLine[];

/** The major versions of those that are not. */
export function missingNodeLines(): readonly string[];
