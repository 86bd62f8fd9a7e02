/**
 * The JavaScript that the main thread of this process runs, read from another of its threads while it does not turn its
 * event loop.
 */
import type { Debugger } from 'node:inspector';

/** Frames of Node.js are left out if others remain. */
const MAX_FRAMES = 10;

/**
 * The stack, the innermost frame first, each as `function (url:line:column)`. It comes at the next call or turn of a
 * loop: native code is waited for until `signal` aborts. `undefined` if it has, or if this Node.js has no inspector.
 * The main thread is held until the request to go on has reached it. Never rejects.
 */
export async function blockingStack(signal: AbortSignal): Promise<readonly string[] | undefined> {
  let session: import('node:inspector').Session | undefined;
  try {
    const { Session } = process.getBuiltinModule('node:inspector');
    session = new Session();
    session.connectToMainThread();
    return await pause(session, signal);
  } catch {
    return undefined;
  } finally {
    // Takes the pause back that has not come yet, and the debugger's mode off the main thread.
    session?.disconnect();
  }
}

function pause(session: import('node:inspector').Session, signal: AbortSignal): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const urls = new Map<string, string>();
    session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url));
    signal.addEventListener('abort', () => reject(new Error('the block is over')));
    session.on('Debugger.paused', ({ params }) => {
      // At once: for as long as it is paused the service stands still.
      session.post('Debugger.resume');
      resolve(framesOf(params.callFrames, urls));
    });
    session.post('Debugger.enable');
    session.post('Debugger.pause');
  });
}

function framesOf(callFrames: readonly Debugger.CallFrame[], urls: ReadonlyMap<string, string>): readonly string[] {
  const frames = callFrames.map(({ functionName, location: { scriptId, lineNumber, columnNumber = 0 } }) => ({
    functionName: functionName || '(anonymous)',
    place: `${urls.get(scriptId) || '(no file)'}:${lineNumber + 1}:${columnNumber + 1}`,
  }));
  const own = frames.filter(({ place }) => !place.startsWith('node:'));
  return (own.length > 0 ? own : frames)
    .slice(0, MAX_FRAMES)
    .map(({ functionName, place }) => `${functionName} (${place})`);
}
