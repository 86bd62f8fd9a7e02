export { createLifecycle } from './create-lifecycle.js';
export { hasNoSourceLocation } from './end-uncaught.js';
export type { LifecycleErrorCode } from './exit-hooks.js';
export type { HeldSignals } from './hold-signals.js';
export { holdSignals } from './hold-signals.js';
export type { Lifecycle, LifecycleOptions } from './lifecycle.js';
