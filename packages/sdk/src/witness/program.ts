/** The witness: a thread that notes when the event loop of the service stands still, says what blocks it, and answers probes meanwhile. */
import { unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { createAdminServer } from '@porthole/admin';
import { messageOf, TERMINAL_CONTROLS } from '@porthole/core/internal';
import { createPlainLine } from '@porthole/logger';
import { blockingStack } from './blocking-stack.js';
import { BEAT, BEAT_INTERVAL_MS, type Question, type Reply, type WitnessData } from './messages.js';
import { createRemoteSources } from './remote-sources.js';

const { beats, lineStyle, warns, stackFile, admin } = workerData as WitnessData;

/** From here on a line is worth writing. */
const BLOCKED_MS = 1000;
const LOOK_INTERVAL_MS = BEAT_INTERVAL_MS / 2;
/** What a probe shows beside all else that it says. */
const MAX_STACK_FILE_CHARACTERS = 1000;
const STDOUT = 1;

const counters = new Int32Array(beats);
const line = createPlainLine(lineStyle);
const service = createRemoteSources({
  ask: (question) => parentPort?.postMessage(question),
  blockedMs: () => performance.now() - lastBeatMs,
  contentType: admin?.contentType ?? '',
});
const server = admin && createAdminServer({ ...admin, ...service.sources });

let lastCount = -1;
let lastBeatMs = performance.now();
/** Since when the block goes on that has been told of. */
let blockedSinceMs: number | undefined;

function look(): void {
  const count = Atomics.load(counters, BEAT.count);
  if (count !== lastCount) {
    if (blockedSinceMs !== undefined) tellOfEnd(blockedSinceMs);
    blockedSinceMs = undefined;
    lastCount = count;
    lastBeatMs = performance.now();
  } else if (blockedSinceMs === undefined && performance.now() - lastBeatMs > BLOCKED_MS) {
    blockedSinceMs = lastBeatMs;
    void tellOfBlock(lastBeatMs);
  }
}

async function tellOfBlock(sinceMs: number): Promise<void> {
  // A debugger that somebody has attached is left alone.
  const inspected = Atomics.load(counters, BEAT.inspected) !== 0;
  const stack = inspected ? undefined : await blockingStack();
  const ms = Math.round(performance.now() - sinceMs);
  if (stack !== undefined && blockedSinceMs === sinceMs) keepForProbes(stack);
  write(`event loop blocked for ${(ms / 1000).toFixed(1)} s`, {
    duration_ms: ms,
    ...(stack === undefined ? {} : { 'code.stacktrace': stack.join('\n') }),
  });
}

function tellOfEnd(sinceMs: number): void {
  const ms = Math.round(performance.now() - sinceMs);
  write(`event loop turns again after ${(ms / 1000).toFixed(1)} s`, { duration_ms: ms });
  forget();
}

/** At once, and not by the logger of the thread that is blocked. */
function write(message: string, fields: Readonly<Record<string, string | number>>): void {
  if (!warns) return;
  try {
    writeSync(STDOUT, line('warn', message, fields));
  } catch {
    // A full pipe: the line is lost, as others are.
  }
}

function keepForProbes(stack: readonly string[]): void {
  if (stackFile === '') return;
  const text = stack.join(' < ').replace(TERMINAL_CONTROLS, '?').replace(/\s/g, ' ');
  try {
    writeFileSync(stackFile, text.slice(0, MAX_STACK_FILE_CHARACTERS), { mode: 0o600 });
  } catch {
    // A folder that is full or gone: probes say the rest.
  }
}

function forget(): void {
  if (stackFile === '') return;
  try {
    unlinkSync(stackFile);
  } catch {
    // There was no stack.
  }
}

const timer = setInterval(look, LOOK_INTERVAL_MS);

parentPort?.on('message', (message: Reply) => {
  if (message.kind === 'reply') {
    service.reply(message);
    return;
  }
  clearInterval(timer);
  forget();
  const closed = server?.close() ?? Promise.resolve();
  void closed.then(() => parentPort?.close());
});

server?.listen().catch((error: unknown) => {
  parentPort?.postMessage({ kind: 'not listening', message: messageOf(error) } satisfies Question);
});
