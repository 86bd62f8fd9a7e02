export type { Diagnostics, DiagnosticsOptions } from './diagnostics.js';
export { createDiagnostics } from './diagnostics.js';
export type { InternalErrorStatus, MemoryStatus, ProcessStatus, SettingStatus } from './process-status.js';
export { renderStatus } from './render-status.js';
