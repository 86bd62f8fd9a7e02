/** What crashed the process, as an error that can be logged. */
import { inspect } from 'node:util';
import { isError, messageOf } from '@porthole/core/internal';

const MAX_SHOWN_CHARACTERS = 200;

/** `thrown` itself where it is an error, else an error that shows it. Never throws. */
export function crashError(thrown: unknown): Error {
  if (isError(thrown)) return thrown;
  const error = new Error(`what was thrown is not an error: ${show(thrown)}`);
  // Its stack would point here.
  error.stack = `Error: ${error.message}`;
  return error;
}

function show(thrown: unknown): string {
  try {
    return inspect(thrown, { depth: 1, breakLength: Number.POSITIVE_INFINITY }).slice(0, MAX_SHOWN_CHARACTERS);
  } catch {
    return messageOf(thrown);
  }
}
