/** Settings that are valid and still do nothing, which would go unnoticed otherwise. */
import type { Environment } from './choose-value.js';
import type { Config } from './config.js';
import type { ConfigProblem, ResolvedSettings } from './resolve-settings.js';

/** A problem for each. */
export function ineffectiveSettings(
  { config, settings }: ResolvedSettings<keyof Config>,
  environment: Environment,
): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const ratio = settings.find(({ key }) => key === 'samplerRatio');
  if (ratio !== undefined && ratio.source !== 'default' && !config.sampler.endsWith('traceidratio')) {
    problems.push({
      source: ratio.source,
      message: `${ratio.source}=${ratio.value} has no effect with the sampler "${config.sampler}": set OTEL_TRACES_SAMPLER=parentbased_traceidratio as well`,
    });
  }
  // Of the exporters of OpenTelemetry's specification the one that somebody would miss; Porthole has no setting for it.
  if (environment.OTEL_LOGS_EXPORTER?.trim().toLowerCase() === 'otlp') {
    problems.push({
      source: 'OTEL_LOGS_EXPORTER',
      message:
        'OTEL_LOGS_EXPORTER="otlp" has no effect: log lines go to the standard output, and the container\'s log agent reads them there',
    });
  }
  return problems;
}
