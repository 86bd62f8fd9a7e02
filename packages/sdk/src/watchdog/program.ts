/**
 * The watchdog: a thread that detects a blocked event loop of the service, reports the blocking code, and answers
 * probes meanwhile.
 */
import { closeSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { createAdminServer } from '@porthole/admin';
import { createPrivateFile, inSeconds, messageOf, removePrivateFile } from '@porthole/core/internal';
import { createLineSink, createPlainLine } from '@porthole/logger';
import { blockingStack } from './blocking-stack.js';
import { BEAT, BEAT_INTERVAL_MS, type Question, type Reply, type WatchdogData } from './messages.js';
import { createRemoteSources } from './remote-sources.js';

const { beats, lineStyle, stackFile, admin } = workerData as WatchdogData;

/** From here on a line is worth writing. */
const BLOCKED_MS = 1000;
const LOOK_INTERVAL_MS = BEAT_INTERVAL_MS / 2;
const SUSPENDED_MS = 5 * LOOK_INTERVAL_MS;
/** The line waits this long for its stack. Out of native code it comes later, and in a line of its own. */
const STACK_PATIENCE_MS = 300;
/** The additional text of a probe. */
const MAX_STACK_FILE_CHARACTERS = 1000;

const counters = new Int32Array(beats);
const line = createPlainLine(lineStyle);
// Its output is its own and does not block: a reader that is slow costs the line and holds up no probe for longer than
// a second.
const sink = createLineSink({ buffered: false });
const service = createRemoteSources({
  ask: (question) => parentPort?.postMessage(question),
  blockedMs: () => performance.now() - lastBeatMs,
  contentType: admin?.contentType ?? '',
});
const server = admin && createAdminServer({ ...admin, ...service.sources });

let lastCount = -1;
let lastBeatMs = performance.now();
let lastLookMs = performance.now();
/** The start of the reported block. */
let blockedSinceMs: number | undefined;
/** Whether the warning about the stack file was logged. */
let hasWarnedOfStackFile = false;
/** Gives up on its stack. */
let stopLooking: AbortController | undefined;

function look(): void {
  const nowMs = performance.now();
  // This thread has not run either: the process was suspended, and the missed time is not a fault of the service.
  if (nowMs - lastLookMs > SUSPENDED_MS) lastBeatMs = nowMs;
  lastLookMs = nowMs;
  const count = Atomics.load(counters, BEAT.count);
  if (count !== lastCount) {
    if (blockedSinceMs !== undefined) tellOfEnd(blockedSinceMs);
    blockedSinceMs = undefined;
    lastCount = count;
    lastBeatMs = nowMs;
  } else if (blockedSinceMs === undefined && nowMs - lastBeatMs > BLOCKED_MS) {
    blockedSinceMs = lastBeatMs;
    void tellOfBlock(lastBeatMs);
  }
}

async function tellOfBlock(sinceMs: number): Promise<void> {
  stopLooking = new AbortController();
  // A debugger that somebody has attached is left alone.
  const inspected = Atomics.load(counters, BEAT.inspected) !== 0;
  const stack = inspected ? Promise.resolve(undefined) : blockingStack(stopLooking.signal);
  const stackInTime = await Promise.race([stack, sleep(STACK_PATIENCE_MS, undefined)]);
  writeBlock(sinceMs, stackInTime);
  if (stackInTime !== undefined) return;
  const lateStack = await stack;
  if (lateStack !== undefined) writeBlock(sinceMs, lateStack);
}

function writeBlock(sinceMs: number, stack: readonly string[] | undefined): void {
  // Later beats are not a part of the block.
  if (blockedSinceMs !== sinceMs || Atomics.load(counters, BEAT.count) !== lastCount) return;
  if (stack !== undefined) keepForProbes(stack);
  if (Atomics.load(counters, BEAT.warns) === 0) return;
  const ms = Math.round(performance.now() - sinceMs);
  const fields = { duration_ms: ms, ...(stack === undefined ? {} : { 'code.stacktrace': stack.join('\n') }) };
  sink.write(line('warn', `event loop blocked for ${inSeconds(ms)}`, fields));
}

function tellOfEnd(sinceMs: number): void {
  stopLooking?.abort();
  const afterMs = Math.round(performance.now() - sinceMs);
  parentPort?.postMessage({ kind: 'turns again', afterMs } satisfies Question);
  forget();
}

function keepForProbes(stack: readonly string[]): void {
  if (stackFile === '') return;
  try {
    const file = createPrivateFile(stackFile);
    try {
      writeSync(file, stack.join(' < ').slice(0, MAX_STACK_FILE_CHARACTERS));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (hasWarnedOfStackFile || Atomics.load(counters, BEAT.warns) === 0) return;
    hasWarnedOfStackFile = true;
    sink.write(line('warn', `probes cannot show the code that blocks the event loop: ${messageOf(error)}`));
  }
}

function forget(): void {
  if (stackFile === '') return;
  try {
    removePrivateFile(stackFile);
  } catch {
    // A directory that another has put there: no probe reads it.
  }
}

const timer = setInterval(look, LOOK_INTERVAL_MS);

parentPort?.on('message', (message: Reply) => {
  if (message.kind !== 'close') {
    service.reply(message);
    return;
  }
  clearInterval(timer);
  stopLooking?.abort();
  service.close();
  forget();
  const closed = server?.close() ?? Promise.resolve();
  void closed.then(() => parentPort?.close());
});

server?.listen().then(
  (address) => parentPort?.postMessage({ kind: 'listening', ...address } satisfies Question),
  (error: unknown) => parentPort?.postMessage({ kind: 'not listening', message: messageOf(error) } satisfies Question),
);
