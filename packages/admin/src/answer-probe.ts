/** What a probe is told: `ok`, check by check, or as JSON by its `Accept`. */
import type { IncomingMessage } from 'node:http';
import { HEALTH_JSON_CONTENT_TYPE, type ProbeResult, renderHealthJson, renderVerbose } from '@porthole/health';
import { type Answer, accepts, textAnswer } from './answer.js';

export interface AnswerProbeOptions {
  /** Whether reasons are told. */
  readonly reasons: boolean;
  /** Whether every check is listed where all is well. */
  readonly verbose: boolean;
}

export function answerProbe(
  request: IncomingMessage,
  result: ProbeResult,
  { reasons, verbose }: AnswerProbeOptions,
): Answer {
  const status = result.passed ? 200 : 503;
  for (const contentType of [HEALTH_JSON_CONTENT_TYPE, 'application/json']) {
    if (accepts(request, contentType))
      return { status, body: `${renderHealthJson(result, { reasons })}\n`, contentType };
  }
  // As in Kubernetes, a failure is always told check by check: that is what a person looks at next.
  return textAnswer(status, result.passed && !verbose ? 'ok' : renderVerbose(result, { reasons }));
}
