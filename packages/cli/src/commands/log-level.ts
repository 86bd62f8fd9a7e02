/** `log-level`: shows the level of the running app, or sets it. */
import type { RunCommand } from '../command.js';
import { askApp } from '../control-client.js';
import { printAnswer } from '../print-answer.js';

export const logLevel: RunCommand = async ({ word }, options) => {
  const path = '/v1/log-level';
  return printAnswer(await askApp(options, word === undefined ? { path } : { method: 'PUT', path, body: word }));
};
