/** What a statement does, and to what: the two words that name its span. */

export interface SqlSummary {
  /** Its first word, in upper case. */
  readonly operation: string;
  /** The table, view or procedure that is named first; empty where none is. */
  readonly target: string;
}

const OPERATION = /^\W*([A-Za-z]{1,24})/;
const NAME = String.raw`((?:[\w$\u0080-\uffff]+|"[^"]+"|\`[^\`]+\`)(?:\s*\.\s*(?:[\w$\u0080-\uffff]+|"[^"]+"|\`[^\`]+\`))*)`;
const TARGET = new RegExp(
  String.raw`\b(?:FROM|INTO|UPDATE|TABLE|CALL|TRUNCATE)\s+(?:ONLY\s+|IF\s+(?:NOT\s+)?EXISTS\s+)?${NAME}`,
  'i',
);
const MAX_TARGET_LENGTH = 128;

/** Functions that have a FROM of their own between their parentheses: `EXTRACT(EPOCH FROM placed)`, `TRIM(BOTH FROM name)`. */
const FUNCTION_WITH_FROM = /\b(?:EXTRACT|SUBSTRING|SUBSTR|TRIM|OVERLAY)\s*\([^()]*\bFROM\b/gi;

/** Reads a statement that `sanitizeSql` has been over. */
export function summaryOf(statement: string): SqlSummary {
  const operation = OPERATION.exec(statement)?.[1]?.toUpperCase() ?? 'SQL';
  const target = TARGET.exec(statement.replace(FUNCTION_WITH_FROM, '('))?.[1] ?? '';
  return { operation, target: target.length > MAX_TARGET_LENGTH ? '' : target.replace(/["`\s]/g, '') };
}
