/** Reads OTLP requests for the tests, from the public proto files and with nothing of the encoder's. */

export interface DecodedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Record<string, unknown>;
  readonly droppedAttributes: number;
  readonly events: { time: bigint; name: string; attributes: Record<string, unknown> }[];
  readonly droppedEvents: number;
  readonly links: { traceId: string; spanId: string; attributes: Record<string, unknown>; flags: number }[];
  readonly droppedLinks: number;
  readonly status: { code: number; message: string };
  readonly flags: number;
}

export interface DecodedTraces {
  readonly resource: Record<string, unknown>;
  readonly scopes: { name: string; version: string; spans: DecodedSpan[] }[];
}

/** An `ExportTraceServiceRequest` with one resource. */
export function decodeTraces(request: Uint8Array): DecodedTraces {
  const resourceSpans = fieldsOf(fieldsOf(request).one(1));
  return {
    resource: attributesOf(fieldsOf(resourceSpans.one(1)).all(1)),
    scopes: resourceSpans.all(2).map((bytes) => {
      const scopeSpans = fieldsOf(bytes);
      const scope = fieldsOf(scopeSpans.one(1));
      return { name: scope.text(1), version: scope.text(2), spans: scopeSpans.all(2).map(decodeSpan) };
    }),
  };
}

/** The spans of a request, whatever their scopes. */
export function spansOf(request: Uint8Array): DecodedSpan[] {
  return decodeTraces(request).scopes.flatMap(({ spans }) => spans);
}

function decodeSpan(bytes: Uint8Array): DecodedSpan {
  const span = fieldsOf(bytes);
  const status = fieldsOf(span.one(15));
  return {
    traceId: span.hex(1),
    spanId: span.hex(2),
    traceState: span.text(3),
    parentSpanId: span.hex(4),
    name: span.text(5),
    kind: span.number(6),
    start: span.integer(7),
    end: span.integer(8),
    attributes: attributesOf(span.all(9)),
    droppedAttributes: span.number(10),
    events: span.all(11).map((event) => {
      const fields = fieldsOf(event);
      return { time: fields.integer(1), name: fields.text(2), attributes: attributesOf(fields.all(3)) };
    }),
    droppedEvents: span.number(12),
    links: span.all(13).map((link) => {
      const fields = fieldsOf(link);
      return {
        traceId: fields.hex(1),
        spanId: fields.hex(2),
        attributes: attributesOf(fields.all(4)),
        flags: fields.number(6),
      };
    }),
    droppedLinks: span.number(14),
    status: { code: status.number(3), message: status.text(2) },
    flags: span.number(16),
  };
}

function attributesOf(keyValues: Uint8Array[]): Record<string, unknown> {
  const attributes: Record<string, unknown> = Object.create(null);
  for (const keyValue of keyValues) {
    const fields = fieldsOf(keyValue);
    const name = fields.text(1);
    if (name in attributes) throw new Error(`The attribute ${name} is there twice`);
    attributes[name] = readValue(fields.one(2));
  }
  return attributes;
}

function readValue(anyValue: Uint8Array): unknown {
  const fields = fieldsOf(anyValue);
  if (fields.has(1)) return fields.text(1);
  if (fields.has(2)) return fields.number(2) === 1;
  if (fields.has(3)) return Number(BigInt.asIntN(64, fields.integer(3)));
  if (fields.has(4)) return { double: fields.double(4) };
  if (fields.has(5)) return fieldsOf(fields.one(5)).all(1).map(readValue);
  return undefined;
}

interface Fields {
  has(field: number): boolean;
  all(field: number): Uint8Array[];
  /** The bytes of a message, empty where it is missing. */
  one(field: number): Uint8Array;
  text(field: number): string;
  hex(field: number): string;
  integer(field: number): bigint;
  number(field: number): number;
  double(field: number): number;
}

function fieldsOf(message: Uint8Array): Fields {
  const values = new Map<number, (bigint | Uint8Array)[]>();
  const buffer = Buffer.from(message);
  let position = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = buffer.readUInt8(position++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
  };
  const bytes = (length: number): Buffer => {
    if (position + length > buffer.length) throw new Error('The message ends too early');
    position += length;
    return buffer.subarray(position - length, position);
  };
  while (position < buffer.length) {
    const tag = Number(varint());
    const field = tag >> 3;
    const list = values.get(field) ?? [];
    values.set(field, list);
    const wireType = tag & 7;
    if (wireType === 0) list.push(varint());
    else if (wireType === 1) list.push(bytes(8).readBigUInt64LE());
    else if (wireType === 2) list.push(bytes(Number(varint())));
    else if (wireType === 5) list.push(BigInt(bytes(4).readUInt32LE()));
    else throw new Error(`Wire type ${wireType}`);
  }
  const last = (field: number): bigint | Uint8Array | undefined => values.get(field)?.at(-1);
  const one = (field: number): Uint8Array => (last(field) as Uint8Array | undefined) ?? new Uint8Array();
  const integer = (field: number): bigint => (last(field) as bigint | undefined) ?? 0n;
  return {
    has: (field) => values.has(field),
    all: (field) => (values.get(field) ?? []) as Uint8Array[],
    one,
    text: (field) => Buffer.from(one(field)).toString(),
    hex: (field) => Buffer.from(one(field)).toString('hex'),
    integer,
    number: (field) => Number(integer(field)),
    double: (field) => {
      const bits = Buffer.alloc(8);
      bits.writeBigUInt64LE(integer(field));
      return bits.readDoubleLE();
    },
  };
}
