/** An app in a process of its own, as a probe finds it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';

export interface StartedApp {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Ends it. */
  stop(): Promise<void>;
}

interface AppOptions {
  /** Where its control directory is made. */
  readonly folder: string;
  /** Whether it answers on its control socket. */
  readonly answers: boolean;
  /** How long ago its heartbeat was. */
  readonly beatAgoMs: number;
  readonly uid?: number | undefined;
}

/** Starts an app with a control socket and a heartbeat. */
export async function startApp({ folder, answers, beatAgoMs, uid }: AppOptions): Promise<StartedApp> {
  const source = `
    const { createControlDirectory, createControlProof, PROOF_HEADER } = require('@porthole/core/internal');
    const { utimesSync, writeFileSync, writeSync } = require('node:fs');
    const path = createControlDirectory(${JSON.stringify(folder)});
    const heartbeat = path.replace('.sock', '.heartbeat');
    let proof;
    require('node:http').createServer((request, response) => {
      if (!${answers}) return;
      response.statusCode = proof.accepts(request.headers[PROOF_HEADER]) ? 503 : 403;
      response.write('[-]cache failed, not critical: slow\\n');
      response.end('[-]db failed: refused by ' + request.url + ' in ${basename(folder)}\\n');
    }).listen(path, () => {
      proof = createControlProof(path);
      writeFileSync(heartbeat, '');
      const seconds = (Date.now() - ${beatAgoMs}) / 1000;
      utimesSync(heartbeat, seconds, seconds);
      writeSync(1, 'listening');
    });
  `;
  const child = spawn(process.execPath, ['-e', source], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  await once(child.stdout, 'data');
  return {
    pid: child.pid as number,
    child,
    stop: async () => {
      const ended = once(child, 'exit');
      if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await ended;
    },
  };
}
