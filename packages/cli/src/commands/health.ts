/**
 * `health`: every check of a probe. It shows, so it is done when that is shown; `healthcheck` is the one that judges.
 */
import type { RunCommand } from '../command.js';
import { askApp } from '../control-client.js';
import { printAnswer } from '../print-answer.js';

export const health: RunCommand = async ({ word = 'ready', values }, options) => {
  const path = `/v1/health/${word}?verbose`;
  return printAnswer(await askApp(options, { path, json: values.has('json') }), [200, 503]);
};
