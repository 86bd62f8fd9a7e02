/** Results go to stdout, all else to stderr; both are written out before the process ends. */

/** Writes a result. Resolves when it is out, and also if the reader has gone: `… metrics | head` is not a failure. */
export function print(text: string | Uint8Array): Promise<void> {
  return write(process.stdout, text);
}

/** Writes one line that is not a result. */
export function printError(line: string): Promise<void> {
  return write(process.stderr, `${line}\n`);
}

const ignore = (): void => {};

/** The reader has gone, just now or before. */
const GONE: readonly unknown[] = ['EPIPE', 'ERR_STREAM_DESTROYED'];

function write(stream: NodeJS.WriteStream, text: string | Uint8Array): Promise<void> {
  // The callback gets the error too; without a listener the event would end the process.
  if (!stream.listeners('error').includes(ignore)) stream.on('error', ignore);
  return new Promise((resolve, reject) => {
    stream.write(text, (error?: NodeJS.ErrnoException | null) => {
      if (error && !GONE.includes(error.code)) reject(error);
      else resolve();
    });
  });
}
