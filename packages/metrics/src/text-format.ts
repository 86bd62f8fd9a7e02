/**
 * Prometheus' text format 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).
 */
import type { MetricFamily, MetricSample } from '@porthole/core/internal';

export const TEXT_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const LINES_PER_CHUNK = 1000;

/**
 * The lines of one family, in chunks that take about a millisecond each; nothing if it has no samples.
 * `defaultLabels` are added to each sample that does not have them.
 *
 * @throws TypeError if the format does not allow a name: the line would spoil the whole scrape.
 */
export function* renderFamily(family: MetricFamily, defaultLabels: MetricSample['labels'] = {}): Iterable<string> {
  if (family.values.length === 0) return;
  const { name } = family;
  let chunk = `# HELP ${checkName(name)} ${escapeHelp(String(family.help))}\n# TYPE ${name} ${family.type}\n`;
  let lines = 0;
  for (const sample of family.values) {
    const sampleName = sample.metricName ?? name;
    if (sampleName !== name) checkName(sampleName);
    chunk += `${sampleName}${renderLabels(sample.labels, defaultLabels)} ${renderValue(sample.value)}\n`;
    if (++lines % LINES_PER_CHUNK === 0) {
      yield chunk;
      chunk = '';
    }
  }
  yield chunk;
}

function renderLabels(labels: MetricSample['labels'], defaultLabels: MetricSample['labels']): string {
  let text = '';
  for (const name of Object.keys(labels)) text += renderLabel(name, labels[name]);
  for (const name of Object.keys(defaultLabels)) {
    if (labels[name] === undefined) text += renderLabel(name, defaultLabels[name]);
  }
  return text === '' ? '' : `{${text.slice(1)}}`;
}

/** prom-client keeps a label that is `undefined` in no series of its own: it is the same as none. */
function renderLabel(name: string, value: unknown): string {
  return value === undefined ? '' : `,${checkName(name)}="${escapeLabelValue(String(value))}"`;
}

function renderValue(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return String(Number(value));
}

const ESCAPED_IN_HELP = /[\\\n]/g;
const ESCAPED_IN_LABEL = /[\\\n"]/g;

function escapeHelp(text: string): string {
  return text.replace(ESCAPED_IN_HELP, escapeOne);
}

function escapeLabelValue(text: string): string {
  return text.replace(ESCAPED_IN_LABEL, escapeOne);
}

function escapeOne(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`;
}

// Names repeat from scrape to scrape; bounded, since users' metrics can bring any.
const validNames = new Set<string>();
const VALID_NAMES_KEPT = 10_000;

function checkName(name: string): string {
  if (validNames.has(name)) return name;
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) throw new TypeError(`${JSON.stringify(name)} is not a valid name`);
  if (validNames.size < VALID_NAMES_KEPT) validNames.add(name);
  return name;
}
