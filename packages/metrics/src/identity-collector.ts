/** The origin of the metrics, and the state of Porthole itself. */
import { type Instruments, internalErrors, type Labels, type Resource, VERSION } from '@porthole/core/internal';
import { METRICS } from './metric-names.js';

/**
 * The components that can fail. They are shown from the start, since the first failure of a series that is new is not
 * an increase.
 */
const COMPONENTS = [
  ...['admin', 'clients', 'config', 'context', 'control', 'health'],
  ...['http', 'lifecycle', 'logger', 'metrics', 'sdk', 'tracing', 'watchdog'],
];

/** Shows the resource, the build and the internal errors through `instruments`. */
export function observeIdentity(instruments: Instruments, resource: Resource): void {
  const target = targetLabels(resource);
  instruments
    .gauge({ name: METRICS.targetInfo, help: 'Target metadata.', labelNames: Object.keys(target) })
    .set(1, target);
  instruments
    .gauge({
      name: METRICS.buildInfo,
      help: 'Versions of Porthole and Node.js.',
      labelNames: ['version', 'node_version'],
    })
    .set(1, { version: VERSION, node_version: process.versions.node });
  instruments.observeCounter(
    { name: METRICS.internalErrors, help: 'Failures of Porthole itself.', labelNames: ['component'] },
    (report) => {
      for (const component of COMPONENTS) report(0, { component });
      for (const [component, { count }] of internalErrors()) report(count, { component });
    },
  );
}

/**
 * Attributes as labels, by OpenTelemetry's Prometheus compatibility specification ("Resource Attributes"): a character
 * that a label name cannot hold becomes `_`; values of names that become the same are joined by `;`, in the order of
 * the original names.
 */
function targetLabels(resource: Resource): Labels {
  const labels: Record<string, string> = {};
  for (const attribute of Object.keys(resource).sort()) {
    const value = resource[attribute];
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    const name = attribute
      .replace(/[^a-zA-Z0-9_]+/g, '_')
      .replace(/^(?=[0-9])/, '_')
      .replace(/^__+/, '_');
    labels[name] = Object.hasOwn(labels, name) ? `${labels[name]};${text}` : text;
  }
  return labels;
}
