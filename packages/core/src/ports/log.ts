/** The port through which parts of Porthole log; the logger's own lines and a pino logger both fit it. */

/** Fields by their semantic-convention names first, then the message. */
export type LogMethod = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/** The output of lines. */
export interface Log {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  readonly fatal: LogMethod;
  /** Whether lines of `level` are written; without it all are. */
  isLevelEnabled?(level: string): boolean;
}

const ignore: LogMethod = () => {};

/** Logs nothing. */
export const noLog: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore, fatal: ignore };
