/**
 * Commands in containers by the Engine's API: no client process for each, so that thousands in a row are a matter of
 * minutes.
 */
import { request } from 'node:http';
import { text } from 'node:stream/consumers';

const SOCKET = '/var/run/docker.sock';

/** Runs `command` in the container `id`, as HEALTHCHECK does, and returns its exit code. */
export async function engineExec(id: string, command: readonly string[]): Promise<number> {
  const { Id } = JSON.parse(await ask('POST', `/containers/${id}/exec`, { Cmd: command, AttachStdout: true }));
  // The answer ends with the command.
  await ask('POST', `/exec/${Id}/start`, { Detach: false, Tty: false });
  return JSON.parse(await ask('GET', `/exec/${Id}/json`)).ExitCode;
}

function ask(method: string, path: string, body?: unknown): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const asked = request({ socketPath: SOCKET, method, path, headers }, async (response) => {
      const answer = await text(response);
      if ((response.statusCode ?? 0) < 300) resolve(answer);
      else reject(new Error(`the Engine answers ${response.statusCode} to ${method} ${path}: ${answer}`));
    });
    asked.on('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
