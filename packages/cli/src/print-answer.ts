/** Prints what the app answered. */
import type { IncomingMessage } from 'node:http';
import { EXIT_CODE } from './exit-code.js';
import { print, tell } from './output.js';

/** Streams an answer with one of `statuses` to stdout; any other goes to stderr as a failure. Returns the exit code. */
export async function printAnswer(answer: IncomingMessage, statuses: readonly number[] = [200]): Promise<number> {
  if (statuses.includes(answer.statusCode ?? 0)) {
    for await (const chunk of answer as AsyncIterable<Buffer>) await print(chunk);
    return EXIT_CODE.done;
  }
  let text = '';
  for await (const chunk of answer as AsyncIterable<Buffer>) text += chunk.toString('utf8');
  await tell(text.trim() || `the app answers ${answer.statusCode}`);
  return EXIT_CODE.failed;
}
