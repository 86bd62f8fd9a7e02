/** The operation and the target of a statement: the two words in the name of its span. */

export interface SqlSummary {
  /** The first word, in upper case. */
  readonly operation: string;
  /** The first named table, view or procedure; empty if there is none. */
  readonly target: string;
}

const OPERATION = /^\W*([A-Za-z]{1,24})/;
const NAME = String.raw`((?:[\w$\u0080-\uffff]+|"[^"]+"|\`[^\`]+\`)(?:\s*\.\s*(?:[\w$\u0080-\uffff]+|"[^"]+"|\`[^\`]+\`))*)`;
const TARGET = new RegExp(
  String.raw`\b(?:FROM|INTO|UPDATE|TABLE|CALL|TRUNCATE)\s+(?:ONLY\s+|IF\s+(?:NOT\s+)?EXISTS\s+)?${NAME}`,
  'i',
);
const MAX_TARGET_LENGTH = 128;

/** Functions with a FROM between their parentheses: `EXTRACT(EPOCH FROM placed)`, `TRIM(BOTH FROM name)`. */
const FUNCTION_WITH_FROM = /\b(?:EXTRACT|SUBSTRING|SUBSTR|TRIM|OVERLAY)\s*\([^()]*\bFROM\b/gi;

/** Reads a result of `sanitizeSql`. */
export function summaryOf(statement: string): SqlSummary {
  const operation = OPERATION.exec(statement)?.[1]?.toUpperCase() ?? 'SQL';
  const target = TARGET.exec(statement.replace(FUNCTION_WITH_FROM, '('))?.[1] ?? '';
  return { operation, target: target.length > MAX_TARGET_LENGTH ? '' : target.replace(/["`\s]/g, '') };
}
