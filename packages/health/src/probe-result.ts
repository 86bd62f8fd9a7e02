/** The result of a probe. */

/** The three questions of Kubernetes: restart it? send it traffic? has it started? */
export type Probe = 'live' | 'ready' | 'startup';

/** `warn` is the failure of a check that is not critical. */
export type CheckStatus = 'pass' | 'warn' | 'fail';

/** The outcome of one check; possibly the cached one of its last execution. */
export interface CheckResult {
  readonly name: string;
  readonly status: CheckStatus;
  /** Whether the probe fails when this check fails. */
  readonly critical: boolean;
  /** How long the check ran. */
  readonly durationMs: number;
  /** When the check answered, in milliseconds since the epoch. */
  readonly checkedAtMs: number;
  /** Why it does not pass, in one line of at most 200 characters. May name hosts: not for everybody's eyes. */
  readonly reason?: string;
  /** The reason names nothing private: every caller may see it. */
  readonly isPublic?: true;
  /**
   * A result that contradicts the status but does not count yet: `failed 1 of 3 times: refused`. Not for everybody's
   * eyes either.
   */
  readonly pending?: string;
  /** The check was not run, because the caller excluded it. */
  readonly excluded?: true;
}

/** The outcome of one probe. */
export interface ProbeResult {
  readonly probe: Probe;
  /** Whether no critical check fails. False also if `only` named neither a check nor a group. */
  readonly passed: boolean;
  /** In the order of registration. Empty if `only` named neither a check nor a group. */
  readonly checks: readonly CheckResult[];
  /** The names in `exclude` that no check of this probe has. */
  readonly unknownExclusions: readonly string[];
}
