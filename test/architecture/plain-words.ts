/** Plain English, as CONTRIBUTING.md asks for it: which sentences of a text break the rule, and why. */
import ts from 'typescript';

const MAX_WORDS = 25;

/** What is written otherwise, and how. Matched in any case. */
const PHRASES: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/\b(?<!there )(?:is|are|was|were) (?:none|no (?!longer|more|less|later|earlier))/, 'write "is not a"'],
  [/\b(?:tell|tells|telling|told)\b/, 'write report, return, log or print'],
  [/\b(?:say|says|saying|said)\b/, 'write report, return, log or print'],
  [/\bnobody\b/, 'name who or what is missing'],
  [/\ball the same\b/, 'leave it out, or write "still"'],
  [/\bas such\b/, 'leave it out'],
  [/\bwhere\b/, 'write "if", or name the place'],
  [/\bwhat\b(?! to )/, 'write a noun'],
  [/(?:^|[,;:(] ?|\b(?:of|by|from|to|for|than) )who\b/, 'name who'],
  [/\bwhoever\b|\bwhatever\b/, 'name who or what'],
  [/\bthat which\b|\bthose which\b/, 'write a noun'],
  [/\bin vain\b/, 'write "without success", or what failed'],
];

/** The texts of a TypeScript file that a person reads: comments, and strings of several words. */
export function textsOf(source: string): readonly string[] {
  const file = ts.createSourceFile('x.ts', source, ts.ScriptTarget.ES2022, true);
  const comments = new Set<string>();
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    for (const range of [
      ...(ts.getLeadingCommentRanges(source, node.pos) ?? []),
      ...(ts.getTrailingCommentRanges(source, node.end) ?? []),
    ]) {
      comments.add(`${range.pos}:${range.end}`);
    }
    if (ts.isStringLiteralLike(node)) texts.push(node.text);
    if (ts.isTemplateExpression(node)) {
      texts.push(node.head.text + node.templateSpans.map((span) => `X${span.literal.text}`).join(''));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  const prose = [...comments].map((range) => {
    const [start, end] = range.split(':').map(Number);
    return withoutMarks(source.slice(start, end));
  });
  return [...prose, ...texts.filter((text) => /[a-z]+ [a-z]+ [a-z]+/i.test(text))];
}

/** Sentences of `text` that break the rule, each with the reason. */
export function unplainSentences(text: string): readonly string[] {
  return sentencesOf(text).flatMap((sentence) => {
    const phrases = sentence.endsWith('?') ? [] : PHRASES;
    const words = sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
    const reasons = phrases.filter(([pattern]) => new RegExp(pattern, 'i').test(sentence)).map(([, advice]) => advice);
    if (words > MAX_WORDS) reasons.push(`${words} words, of ${MAX_WORDS} at most`);
    return reasons.length === 0 ? [] : [`${sentence} (${reasons.join('; ')})`];
  });
}

/** The prose of a Markdown file: no code, no tables' rules, no link targets. */
export function proseOf(markdown: string): string {
  return markdown
    .replace(/^```[\s\S]*?^```/gm, '\n\n')
    .replace(/\]\([^)]*\)/g, ']')
    .replace(/[[\]*_#>]/g, ' ')
    .replace(/\|/g, '\n\n');
}

function sentencesOf(text: string): readonly string[] {
  return text
    .replace(/`[^`]*`/g, 'X')
    .replace(/\{@\w+ [^}]*\}/g, 'X')
    .split(/\n\s*\n|\n\s*[-*] |(?<=[.!?;])\s+|: |\s@(?:param|returns|defaultValue|throws|example)\b/)
    .map((sentence) => sentence.replace(/\s+/g, ' ').trim())
    .filter((sentence) => sentence !== '');
}

function withoutMarks(comment: string): string {
  return comment
    .replace(/^\/\*\*?|\*\/$/g, '')
    .replace(/^\s*\* ?/gm, '')
    .replace(/^\/\/ ?/, '')
    .replace(/@example[\s\S]*/, '')
    .trim();
}
