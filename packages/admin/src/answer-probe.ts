/** The answer to a probe: `ok`, check by check, or as JSON by its `Accept`. */
import type { IncomingMessage } from 'node:http';
import {
  HEALTH_JSON_CONTENT_TYPE,
  type ProbeResult,
  renderHealthJson,
  renderPlain,
  renderVerbose,
} from '@porthole/health';
import { type Answer, textAnswer } from './answer.js';
import { preferredType } from './preferred-type.js';

export interface AnswerProbeOptions {
  /** Whether reasons are shown. */
  readonly reasons: boolean;
  /** Whether every check is listed if all pass. */
  readonly verbose: boolean;
}

type ProbeType = 'text/plain' | 'application/health+json' | 'application/json';

/** The form that the caller prefers; text is the default. */
export function probeTypeFor({ headers }: IncomingMessage): ProbeType {
  return preferredType<ProbeType>(headers.accept, ['text/plain', HEALTH_JSON_CONTENT_TYPE, 'application/json']);
}

export function answerProbe(
  request: IncomingMessage,
  result: ProbeResult,
  { reasons, verbose }: AnswerProbeOptions,
): Answer {
  const status = result.passed ? 200 : 503;
  const contentType = probeTypeFor(request);
  if (contentType !== 'text/plain') return { status, body: `${renderHealthJson(result, { reasons })}\n`, contentType };
  // As in Kubernetes, a failure always lists the checks: a person looks at them next.
  return textAnswer(status, result.passed && !verbose ? renderPlain(result) : renderVerbose(result, { reasons }));
}
