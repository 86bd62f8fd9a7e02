/** The encoded fields that HTTP spans of one route and outcome have in common, made once for each. */
import { isKnownMethod, type WorkRecord } from '@porthole/core/internal';
import { writeAttributes } from './otlp-attributes.js';
import { ProtobufWriter } from './protobuf-writer.js';
import { commonAttributes, spanNameOf, statusOf } from './span-fields.js';
import { SPAN, writeHead } from './span-message.js';

/** The values that the bytes were made from. */
interface CommonFields {
  readonly kind: string;
  readonly method: string;
  readonly status: number;
  readonly scheme: string;
  readonly protocolVersion: string;
  readonly serverAddress: string;
  readonly serverPort: number;
  readonly errorType: string;
  readonly bytes: Uint8Array;
}

/** Routes and called hosts that are kept, and outcomes of each: they have few, and a short list needs no key to be made. */
const MAX_TARGETS = 1024;
const MAX_OUTCOMES = 16;

const MAX_BYTES = 65_536;

/** The encoded name, kind, status and common attributes of an HTTP record. */
export function createCommonFields(): (record: WorkRecord) => Uint8Array {
  const targets = new Map<string, CommonFields[]>();

  return (record) => {
    // What is in the bytes and not in the key must not be kept: an invented method and a message of its own.
    if (record.error !== undefined || !isKnownMethod(record.method)) return encode(record);
    const target = record.kind === 'server' ? record.route : record.serverAddress;
    let outcomes = targets.get(target);
    if (outcomes === undefined) {
      if (targets.size >= MAX_TARGETS) targets.clear();
      outcomes = [];
      targets.set(target, outcomes);
    }
    for (const fields of outcomes) {
      if (matches(fields, record)) return fields.bytes;
    }
    if (outcomes.length >= MAX_OUTCOMES) outcomes.length = 0;
    const bytes = encode(record);
    const { kind, method, status, scheme, protocolVersion, serverAddress, serverPort, errorType } = record;
    outcomes.push({ kind, method, status, scheme, protocolVersion, serverAddress, serverPort, errorType, bytes });
    return bytes;
  };
}

function matches(fields: CommonFields, record: WorkRecord): boolean {
  return (
    fields.status === record.status &&
    fields.method === record.method &&
    fields.kind === record.kind &&
    fields.scheme === record.scheme &&
    fields.protocolVersion === record.protocolVersion &&
    fields.serverAddress === record.serverAddress &&
    fields.serverPort === record.serverPort &&
    fields.errorType === record.errorType
  );
}

function encode(record: WorkRecord): Uint8Array {
  const writer = new ProtobufWriter(MAX_BYTES);
  writeHead(writer, record, spanNameOf(record), statusOf(record));
  writeAttributes(writer, SPAN.attributes, commonAttributes(record));
  return Uint8Array.from(writer.written);
}
