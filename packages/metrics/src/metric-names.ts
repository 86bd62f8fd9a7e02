/**
 * Every metric of the family by name: the one source for dashboards, rules and tests. A metric of OpenTelemetry's
 * semantic conventions (v1.44) has the Prometheus translation of its name. A metric of the process that every
 * Prometheus client library exposes keeps its name there; the rest is ours, under `porthole_`.
 */
export const METRICS = {
  /** Histogram, seconds: requests that this service answered. */
  httpServerRequestDuration: 'http_server_request_duration_seconds',
  /** Gauge: requests that this service is answering. */
  httpServerActiveRequests: 'http_server_active_requests',
  /** Histogram, seconds: requests that this service made. */
  httpClientRequestDuration: 'http_client_request_duration_seconds',
  /** Histogram, seconds: calls to databases and caches. */
  dbClientOperationDuration: 'db_client_operation_duration_seconds',
  /** Histogram, seconds: units of work that are not HTTP. */
  workDuration: 'porthole_work_duration_seconds',

  /** Gauge, 0 to 1: the share of time that the event loop was busy, since the previous scrape. */
  eventLoopUtilization: 'nodejs_eventloop_utilization_ratio',
  /** Counter, seconds: time that the event loop has spent, by `nodejs_eventloop_state`. */
  eventLoopTime: 'nodejs_eventloop_time_seconds_total',
  /** Gauges, seconds: how late the event loop was, over a fixed window. */
  eventLoopDelayMin: 'nodejs_eventloop_delay_min_seconds',
  eventLoopDelayMax: 'nodejs_eventloop_delay_max_seconds',
  eventLoopDelayMean: 'nodejs_eventloop_delay_mean_seconds',
  eventLoopDelayStddev: 'nodejs_eventloop_delay_stddev_seconds',
  eventLoopDelayP50: 'nodejs_eventloop_delay_p50_seconds',
  eventLoopDelayP90: 'nodejs_eventloop_delay_p90_seconds',
  eventLoopDelayP99: 'nodejs_eventloop_delay_p99_seconds',

  /** Histogram, seconds: garbage collections, by `v8js_gc_type`. */
  gcDuration: 'v8js_gc_duration_seconds',
  /** Gauges, bytes, by `v8js_heap_space_name`. */
  heapUsed: 'v8js_memory_heap_used_bytes',
  heapSpaceSize: 'v8js_memory_heap_space_size_bytes',
  heapSpaceAvailableSize: 'v8js_memory_heap_space_available_size_bytes',
  heapSpacePhysicalSize: 'v8js_memory_heap_space_physical_size_bytes',
  /** Gauge: resources that keep the event loop alive, by `v8js_resource_type`. */
  activeResources: 'v8js_resource_active',

  processCpu: 'process_cpu_seconds_total',
  processResidentMemory: 'process_resident_memory_bytes',
  processVirtualMemory: 'process_virtual_memory_bytes',
  processStartTime: 'process_start_time_seconds',
  processOpenFds: 'process_open_fds',
  processMaxFds: 'process_max_fds',

  /** Gauges, bytes: the container's memory as its own cgroup has it. */
  containerMemoryUsage: 'porthole_container_memory_usage_bytes',
  containerMemoryWorkingSet: 'porthole_container_memory_working_set_bytes',
  /** Absent if memory is not limited. */
  containerMemoryLimit: 'porthole_container_memory_limit_bytes',
  containerMemoryOomKills: 'porthole_container_memory_oom_kills_total',
  containerCpuTime: 'porthole_container_cpu_time_seconds_total',
  containerCpuThrottledTime: 'porthole_container_cpu_throttled_seconds_total',
  containerCpuPeriods: 'porthole_container_cpu_periods_total',
  containerCpuThrottledPeriods: 'porthole_container_cpu_throttled_periods_total',
  /** Absent if the processor is not limited. */
  containerCpuLimit: 'porthole_container_cpu_limit_cores',
  /** Counters, seconds: time in which some (`waiting`) or all (`stalled`) tasks lacked the resource; cgroup v2 only. */
  containerPressureCpuWaiting: 'porthole_container_pressure_cpu_waiting_seconds_total',
  containerPressureCpuStalled: 'porthole_container_pressure_cpu_stalled_seconds_total',
  containerPressureMemoryWaiting: 'porthole_container_pressure_memory_waiting_seconds_total',
  containerPressureMemoryStalled: 'porthole_container_pressure_memory_stalled_seconds_total',
  containerPressureIoWaiting: 'porthole_container_pressure_io_waiting_seconds_total',
  containerPressureIoStalled: 'porthole_container_pressure_io_stalled_seconds_total',

  /** Gauge, always 1: the resource's attributes as labels. */
  targetInfo: 'target_info',
  /** Gauge, always 1, by `version` and `node_version`. */
  buildInfo: 'porthole_build_info',
  /** Counter: Porthole's own failures, by `component`. */
  internalErrors: 'porthole_internal_errors_total',

  /** Registered by the health package: 1 if the check passes, by `check` and `probe`. */
  healthCheckStatus: 'porthole_health_check_status',
  healthCheckDuration: 'porthole_health_check_duration_seconds',
  /** Registered by the logger: lines by `level`, and lines that were dropped. */
  logLines: 'porthole_log_lines_total',
  logDropped: 'porthole_log_dropped_total',
  /** Registered by the tracing package: the span pipeline; dropped and failed ones have an `error_type`. */
  spansStarted: 'otel_sdk_span_started_total',
  spansQueued: 'otel_sdk_processor_span_queue_size',
  spansProcessed: 'otel_sdk_processor_span_processed_total',
  spansInFlight: 'otel_sdk_exporter_span_inflight',
  spansExported: 'otel_sdk_exporter_span_exported_total',
} as const;

/** A name in `METRICS`. */
export type MetricName = (typeof METRICS)[keyof typeof METRICS];
