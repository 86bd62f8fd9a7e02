/** `metrics`: the text of a scrape of the admin port. */
import type { RunCommand } from '../command.js';
import { askApp } from '../control-client.js';
import { printAnswer } from '../print-answer.js';

export const metrics: RunCommand = async (_given, options) =>
  printAnswer(await askApp(options, { path: '/v1/metrics' }));
