/** For Porthole's own packages; not under semantic versioning. */

export type { CgroupFolders } from './cgroup/cgroup-folders.js';
export { findCgroupFolders } from './cgroup/cgroup-folders.js';
export type { ContainerMemory } from './cgroup/container-memory.js';
export { readContainerMemory } from './cgroup/container-memory.js';
export { parseCount, parseKeyedCounts, readText } from './cgroup/kernel-file.js';
export type { Addresses } from './config/address-variables.js';
export { loadAddresses } from './config/address-variables.js';
export type { Environment } from './config/choose-value.js';
export { LOG_LEVELS, LOG_THRESHOLDS, SAMPLERS, SWITCHES } from './config/config.js';
export { MAX_SHUTDOWN_DELAY_SHARE } from './config/cut-shutdown-delay.js';
export { nodeOptionWords, unhandledRejectionsMode } from './config/node-options.js';
export { parseDuration } from './config/parse-duration.js';
export { formatDuration } from './config/parse-value.js';
export { processEnvironment } from './config/process-environment.js';
export type { ResolvedConfig } from './config/resolve-config.js';
export { loadConfig, resolveConfig } from './config/resolve-config.js';
export type { ConfigProblem, Setting } from './config/resolve-settings.js';
export { unknownNames } from './config/unknown-names.js';
export type { ControlSocket } from './control/control-directory.js';
export { besideSocket, controlFiles, findControlSockets } from './control/control-directory.js';
export type { ControlProof } from './control/control-proof.js';
export { createControlProof } from './control/control-proof.js';
export type { UnusableFolder } from './control/create-control-directory.js';
export { createControlDirectory, noControlFolder, reasonsOf } from './control/create-control-directory.js';
export { createPrivateFile, removePrivateFile } from './control/create-private-file.js';
export { HEARTBEAT_INTERVAL_MS } from './control/heartbeat-file.js';
export { PROOF_HEADER } from './control/prove-control-sockets.js';
export { writeBeat } from './control/write-beat.js';
export { guardedListener } from './guarded-listener.js';
export type { InternalErrorCount } from './internal-errors.js';
export { internalErrors, messageOf, reportInternalError } from './internal-errors.js';
export type { Output } from './open-output.js';
export { openOutput } from './open-output.js';
export type {
  Collect,
  Counter,
  Gauge,
  Histogram,
  HistogramOptions,
  InstrumentOptions,
  Instruments,
  Labels,
  Report,
} from './ports/instruments.js';
export { noInstruments } from './ports/instruments.js';
export type { Log, LogMethod } from './ports/log.js';
export { noLog } from './ports/log.js';
export type { MetricFamily, MetricSample } from './ports/metric-family.js';
export type { ExitHook, ExitPhase, OnExit } from './ports/on-exit.js';
export { EXIT_PHASES, noExit } from './ports/on-exit.js';
export { MAX_BAGGAGE_BYTES } from './propagation/baggage.js';
export type { HeaderAccess } from './propagation/header-access.js';
export { injectMissing } from './propagation/inject-missing.js';
export type { HeaderReader, HeaderWriter, PropagatedContext } from './propagation/propagator.js';
export {
  choosePropagators,
  extractContext,
  hasOtherPropagators,
  injectContext,
  propagationFields,
} from './propagation/propagators.js';
export { formatTraceparent, parseTraceparent } from './propagation/trace-context.js';
export { createChildRecord, createRecordBelow, parentOf } from './record/child-record.js';
export {
  activeContext,
  activeRecord,
  activeSpanContext,
  bindContext,
  detachContext,
  enterContext,
  NO_WORK,
  runInContext,
  runOutsideContext,
} from './record/context.js';
export type { Exception } from './record/exception.js';
export { errorWithoutStack, exceptionOf, exceptionOfThrown, inspected, isError } from './record/exception.js';
export { chooseKnownMethods, isKnownMethod, methodAttributes, OTHER_METHOD } from './record/http-method.js';
export type { LiveList } from './record/live-list.js';
export { createLiveList } from './record/live-list.js';
export {
  abortWorkInFlight,
  addObserver,
  endWork,
  ignoreRecord,
  requestsInFlight,
  startWork,
} from './record/observer.js';
export { useOtherTracing } from './record/other-tracing.js';
export { randomInt32 } from './record/random-id.js';
export type { RecordCache } from './record/record-key.js';
export { createRecordCache } from './record/record-key.js';
export { isRecordingSuppressed, isSuppressedIn, SUPPRESS_TRACING } from './record/recording-suppressed.js';
export { DEBUG, isSameSpan, RANDOM, SAMPLED, spanIdOf, traceFlagsOf, traceIdOf } from './record/span-context.js';
export { unrecordedClients, unrecordedServers } from './record/unrecorded-peers.js';
export { withRecord } from './record/with-record.js';
export type { ActiveContext } from './record/work-record.js';
export { isRequestInFlight, WorkRecord } from './record/work-record.js';
export type { Resource } from './resource.js';
export { resourceOf, VERSION } from './resource.js';
export { sharedState } from './shared-state.js';
export { closestWord } from './text/closest-word.js';
export { inSeconds } from './text/in-seconds.js';
export { TERMINAL_CONTROLS } from './text/terminal-controls.js';
export { createTextCache } from './text/text-cache.js';
export { aborted, atMost } from './time-limit.js';
export type { WallClock } from './wall-clock.js';
export { wallClock } from './wall-clock.js';
