/** What a collector says of a batch that it took in part (`ExportTraceServiceResponse.partial_success.rejected_spans`). */

const PARTIAL_SUCCESS = 1;
const REJECTED_SPANS = 1;

/** How many spans were rejected; 0 where the answer is empty, or is not the message that it should be. Never throws. */
export function parseRejectedSpans(response: Uint8Array): number {
  const partialSuccess = readField(response, PARTIAL_SUCCESS);
  if (!(partialSuccess instanceof Uint8Array)) return 0;
  const rejected = readField(partialSuccess, REJECTED_SPANS);
  return typeof rejected === 'number' && Number.isSafeInteger(rejected) ? rejected : 0;
}

/** The last value of one varint or length-delimited field. */
function readField(message: Uint8Array, field: number): number | Uint8Array | undefined {
  let found: number | Uint8Array | undefined;
  let position = 0;

  const readVarint = (): number => {
    let value = 0;
    for (let scale = 1; position < message.length; scale *= 128) {
      const byte = message[position++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  };

  while (position < message.length) {
    const tag = readVarint();
    const wireType = tag % 8;
    let value: number | Uint8Array | undefined;
    if (wireType === 0) {
      value = readVarint();
    } else if (wireType === 2) {
      const length = readVarint();
      value = message.subarray(position, position + length);
      position += length;
    } else if (wireType === 1 || wireType === 5) {
      position += wireType === 1 ? 8 : 4;
    } else {
      return undefined;
    }
    // Where the message ends too early, the position is beyond it or not a number.
    if (!(position <= message.length)) return undefined;
    if ((tag - wireType) / 8 === field) found = value;
  }
  return found;
}
