/**
 * Lines as bytes, waiting to be written: 64 KiB pieces, encoded once, taken off byte by byte as the output accepts
 * them.
 */

/** Bytes that lie together; `buffer` from `start` to `end` is still to be written. */
interface Piece {
  readonly buffer: Buffer;
  start: number;
  end: number;
}

/** The size of a piece, and of a pipe's buffer on Linux. */
export const PIECE_BYTES: number = 64 * 1024;

/** Pieces that are kept for later: as much as a slightly late reader leaves waiting. */
const MAX_SPARE_PIECES = 8;

export const LINE_FEED = 0x0a;

/** A first-in, first-out queue of UTF-8 text. */
export class ByteQueue {
  #pieces: Piece[] = [];
  // Memory outside of the heap comes from the system, and goes back when the collector has found it.
  readonly #spare: Buffer[] = [];
  #bytes = 0;

  /** How many bytes wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Appends `text`; lone surrogates become U+FFFD. */
  push(text: string): void {
    const piece = this.#pieceFor(text);
    const written = piece.buffer.write(text, piece.end, 'utf8');
    piece.end += written;
    this.#bytes += written;
  }

  /**
   * A piece with room for `bytes` from its end on: write there, and call `append` with their number before anything
   * else is pushed.
   */
  reserve(bytes: number): Readonly<Piece> {
    return this.#pieceWithRoom(bytes);
  }

  /** Appends the `bytes` that have been written into the piece that `reserve` has returned. */
  append(bytes: number): void {
    const piece = this.#pieces.at(-1) as Piece;
    piece.end += bytes;
    this.#bytes += bytes;
  }

  /** The bytes to write next. */
  head(): Piece | undefined {
    return this.#bytes === 0 ? undefined : this.#pieces[0];
  }

  /** Takes `count` bytes off; they must all be of the head. */
  shift(count: number): void {
    const piece = this.#pieces[0] as Piece;
    piece.start += count;
    this.#bytes -= count;
    if (piece.start < piece.end) return;
    this.#pieces.shift();
    if (piece.buffer.length === PIECE_BYTES && this.#spare.length < MAX_SPARE_PIECES) this.#spare.push(piece.buffer);
  }

  /** How many lines have their end among the bytes that wait. */
  countLines(): number {
    let lines = 0;
    for (const { buffer, start, end } of this.#pieces) {
      for (let i = start; i < end; i++) if (buffer[i] === LINE_FEED) lines += 1;
    }
    return lines;
  }

  clear(): void {
    this.#pieces = [];
    this.#bytes = 0;
  }

  #pieceFor(text: string): Piece {
    const last = this.#pieces.at(-1);
    // Three bytes are the most that one UTF-16 unit takes: mostly this saves a look at the text.
    if (last !== undefined && last.end + text.length * 3 <= last.buffer.length) return last;
    return this.#pieceWithRoom(Buffer.byteLength(text));
  }

  #pieceWithRoom(bytes: number): Piece {
    const last = this.#pieces.at(-1);
    if (last !== undefined && last.end + bytes <= last.buffer.length) return last;
    // Reserved for a line that has not been written.
    if (last?.end === 0) this.#pieces.pop();
    const piece = { buffer: this.#bufferFor(bytes), start: 0, end: 0 };
    this.#pieces.push(piece);
    return piece;
  }

  #bufferFor(bytes: number): Buffer {
    if (bytes > PIECE_BYTES) return Buffer.allocUnsafeSlow(bytes);
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES);
  }
}
