/** The options and the outcome of a probe. */

/** The question: is it alive, does it take traffic, has it started. */
export type ProbeName = 'live' | 'ready' | 'startup';

export interface ProbeOptions {
  /**
   * The URL of a server that is not Porthole's, asked in place of the app: `http:` alone; healthy is a status from 200
   * to 399.
   * @defaultValue none: the app is found
   */
  readonly url?: string | undefined;
  /** Whether `url` may be on another machine. @defaultValue false */
  readonly allowRemote?: boolean | undefined;
  /** @defaultValue `'ready'` */
  readonly probe?: ProbeName | undefined;
  /** For everything together, in milliseconds. @defaultValue 800: the kubelet gives up after 1 s */
  readonly timeoutMs?: number | undefined;
  /** How long an event loop may be blocked until the app counts as dead, in milliseconds. @defaultValue 10000 */
  readonly blockedMs?: number | undefined;
  /** Whether the message is the whole answer, with every check, instead of one line. @defaultValue false */
  readonly verbose?: boolean | undefined;
  /**
   * Its `PORTHOLE_ADMIN_PORT`, `PORTHOLE_ADMIN_HOST`, `PORTHOLE_DIR` and `PORTHOLE_CONTROL` win over the options below.
   * @defaultValue the process's own
   */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** @defaultValue 9464 */
  readonly adminPort?: number | 'off' | undefined;
  /**
   * The address that the app listens on; `0.0.0.0` and `::` are asked on loopback. @defaultValue all addresses, asked
   * on `127.0.0.1`
   */
  readonly adminHost?: string | undefined;
  /** Folder of the control socket's directory. @defaultValue the temp dir and `/dev/shm` */
  readonly directory?: string | undefined;
  /** Whether the app opens a control socket. @defaultValue true */
  readonly control?: boolean | undefined;
}

export interface ProbeOutcome {
  readonly healthy: boolean;
  /** One line, or with `verbose` several: no newline at the end, no control characters, 4096 bytes at most. */
  readonly message: string;
  /** A note for a person, in one sentence: that several apps run here, and which was asked. */
  readonly note?: string | undefined;
}
