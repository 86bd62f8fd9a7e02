/** What `npm test` did. */
export interface TestRun {
  readonly steps: readonly Step[];
  readonly leftOut: readonly LeftOut[];
  readonly ms: number;
}

export interface Step {
  readonly command: string;
  readonly passed: boolean;
  readonly ms: number;
  /** How many tests passed, if the command ran tests. */
  readonly tests?: number | undefined;
}

export interface LeftOut {
  readonly what: string;
  readonly why: string;
}

/** The part of vitest's JSON report that is read. */
export interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly ancestorTitles: readonly string[];
      readonly title: string;
    }[];
  }[];
}

/** The summary as lines. */
export function renderTestSummary(run: TestRun): readonly string[];

/** The tests that a report of vitest counts, and by file those that were left out. */
export function readReport(report: Report): { readonly passed: number; readonly leftOut: readonly LeftOut[] };
