import nodeConsole from 'node:console';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createStdoutSink } from './stdout-sink.js';

const runnerConsole = globalThis.console;
beforeEach(() => {
  globalThis.console = nodeConsole;
});
afterEach(() => {
  globalThis.console = runnerConsole;
  vi.restoreAllMocks();
});

test('each line is one call of process.stdout.write, with nothing but the line', () => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const sink = createStdoutSink();
  sink.write('{"a":1}\n');
  const room = sink.reserve(20);
  sink.commit(room?.buffer.write('{"b":2}\n') ?? 0);
  expect(write.mock.calls).toEqual([['{"a":1}\n'], ['{"b":2}\n']]);
});

test('a console that a test runner has put in place takes the lines, unless the output itself is spied on', () => {
  const debug = vi.fn();
  globalThis.console = { ...nodeConsole, debug };
  const sink = createStdoutSink();
  sink.write('{"a":1}\n');
  expect(debug.mock.calls).toEqual([['%s', '{"a":1}']]);

  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  sink.write('{"b":2}\n');
  expect(write.mock.calls).toEqual([['{"b":2}\n']]);
  expect(debug).toHaveBeenCalledTimes(1);
});

test('a console that hands its lines to the logger does not go round in circles', () => {
  const sink = createStdoutSink();
  const debug = vi.fn(() => sink.write('{"what":"the console hands on"}\n'));
  globalThis.console = { ...nodeConsole, debug };
  sink.write('once\n');
  expect(debug).toHaveBeenCalledTimes(1);
});

test('what the output throws is counted, and the caller goes on', () => {
  vi.spyOn(process.stdout, 'write').mockImplementation(() => {
    throw new Error('broken');
  });
  const sink = createStdoutSink();
  sink.write('a\nb\n');
  expect(sink.droppedLines).toBe(2);
});
