/** V8's heap and garbage collector, and the resources that keep the event loop alive. */
import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, type HeapSpaceInfo } from 'node:v8';
import type { Instruments } from '@porthole/core/internal';
import type { Collector } from './event-loop-collector.js';
import { oncePerTurn } from './event-loop-turns.js';
import { METRICS } from './metric-names.js';

/** Shows V8 through `instruments`; sees garbage collections until it is closed. */
export function createV8Collector(instruments: Instruments): Collector {
  observeHeap(instruments);
  observeActiveResources(instruments);
  return observeGarbageCollections(instruments);
}

const HEAP_SPACE: readonly (readonly [name: string, help: string, field: keyof HeapSpaceInfo])[] = [
  [METRICS.heapUsed, 'Heap Memory size allocated.', 'space_used_size'],
  [METRICS.heapSpaceSize, 'Total heap memory size pre-allocated for a heap space.', 'space_size'],
  [METRICS.heapSpaceAvailableSize, 'Heap space available size.', 'space_available_size'],
  [METRICS.heapSpacePhysicalSize, 'Committed size of a heap space.', 'physical_space_size'],
];

function observeHeap(instruments: Instruments): void {
  const read = oncePerTurn(getHeapSpaceStatistics);
  for (const [name, help, field] of HEAP_SPACE) {
    instruments.observeGauge({ name, help, labelNames: ['v8js_heap_space_name'] }, (report) => {
      for (const space of read()) report(space[field] as number, { v8js_heap_space_name: space.space_name });
    });
  }
}

function observeActiveResources(instruments: Instruments): void {
  instruments.observeGauge(
    {
      name: METRICS.activeResources,
      help: 'Active resources that are currently keeping the event loop alive.',
      labelNames: ['v8js_resource_type'],
    },
    (report) => {
      const counts = new Map<string, number>();
      for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1);
      for (const [type, count] of counts) report(count, { v8js_resource_type: type });
    },
  );
}

/** The detail of entries of the type `gc` (Node.js 16 and later). */
type GcEntry = PerformanceEntry & { readonly detail: { readonly kind: number } };

/** V8's kind for a minor collection of the mark-sweep sort, which Node.js has no constant for. */
const GC_MINOR_MARK_SWEEP = 2;

const GC_TYPES: ReadonlyMap<number, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [GC_MINOR_MARK_SWEEP, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

/** Upper bounds in seconds, from the semantic conventions (`v8js.gc.duration`). */
const GC_BUCKETS: readonly number[] = [0.01, 0.1, 1, 10];

function observeGarbageCollections(instruments: Instruments): Collector {
  const duration = instruments.histogram({
    name: METRICS.gcDuration,
    help: 'Garbage collection duration.',
    labelNames: ['v8js_gc_type'],
    buckets: GC_BUCKETS,
  });
  const record = (entry: PerformanceEntry): void => {
    const { kind } = (entry as GcEntry).detail;
    duration.observe(entry.duration / 1000, { v8js_gc_type: GC_TYPES.get(kind) ?? String(kind) });
  };
  const observer = new PerformanceObserver((batch) => batch.getEntries().forEach(record));
  observer.observe({ entryTypes: ['gc'] });
  return {
    close() {
      // Entries of collections that are over, but not delivered yet.
      observer.takeRecords().forEach(record);
      observer.disconnect();
    },
  };
}
