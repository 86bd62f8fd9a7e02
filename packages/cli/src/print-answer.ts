/** Prints the answer of the app. */
import type { IncomingMessage } from 'node:http';
import { TERMINAL_CONTROLS } from '@porthole/core/internal';
import { EXIT_CODE } from './exit-code.js';
import { print, printError } from './output.js';

/** A failure message is a few lines long. */
const MAX_FAILURE_CHARACTERS = 65_536;

/**
 * Streams an answer with one of `statuses` to stdout; any other goes to stderr as a failure. Returns the exit code. In
 * text, characters that steer a terminal become `?`. In JSON they become escapes of the same meaning. Other types are
 * passed on unchanged.
 */
export async function printAnswer(answer: IncomingMessage, statuses: readonly number[] = [200]): Promise<number> {
  const type = answer.headers['content-type'] ?? 'text/plain';
  const isText = type.startsWith('text/');
  if (statuses.includes(answer.statusCode ?? 0)) {
    if (!isText && !/^application\/(?:[\w.-]+\+)?json\b/.test(type)) {
      for await (const chunk of answer as AsyncIterable<Buffer>) await print(chunk);
      return EXIT_CODE.done;
    }
    for await (const chunk of answer.setEncoding('utf8') as AsyncIterable<string>) {
      await print(withoutControls(chunk, isText ? asQuestionMark : asEscape));
    }
    return EXIT_CODE.done;
  }
  let text = '';
  for await (const chunk of answer.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk;
    if (text.length > MAX_FAILURE_CHARACTERS) break;
  }
  const shown = withoutControls(text.slice(0, MAX_FAILURE_CHARACTERS), asQuestionMark).trim();
  await printError(shown || `the app answers ${answer.statusCode}`);
  return EXIT_CODE.failed;
}

/** All but the ends of lines and tabs. */
function withoutControls(text: string, replace: (character: string) => string): string {
  return text.replace(TERMINAL_CONTROLS, (character) =>
    character === '\n' || character === '\t' ? character : replace(character),
  );
}

function asQuestionMark(): string {
  return '?';
}

function asEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
