/** `status`: the process, its uptime, its memory and CPU time. */
import type { RunCommand } from '../command.js';
import { askApp } from '../control-client.js';
import { printAnswer } from '../print-answer.js';

export const status: RunCommand = async ({ values }, options) =>
  printAnswer(await askApp(options, { path: '/v1/status', json: values.has('json') }));
