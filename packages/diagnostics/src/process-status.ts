/** The shape of the status of a process: plain JSON, so that programs can rely on it. */

/** How much memory the process has, in bytes. */
export interface MemoryStatus {
  /** Resident set: as the kernel counts it for the whole process. */
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  /** The limit at which V8 gives up. In a small container the kernel kills the process before that. */
  readonly heapLimitBytes: number;
  /** Memory of C++ objects that JavaScript holds, the array buffers among it. */
  readonly externalBytes: number;
  /** The memory of the container's control group, page cache included; absent if it cannot be read. */
  readonly containerUsageBytes?: number;
  /** The container's limit; absent without a limit, or if it cannot be read. */
  readonly containerLimitBytes?: number;
}

/** How often a part of Porthole failed, and why it did so last. */
export interface InternalErrorStatus {
  readonly component: string;
  readonly count: number;
  readonly lastMessage: string;
}

/** A setting that is not at its default, and who set it. */
export interface SettingStatus {
  readonly name: string;
  readonly value: string;
  readonly source: string;
}

/** A snapshot of the process. */
export interface ProcessStatus {
  readonly service: string;
  /** Empty if it is not known. */
  readonly version: string;
  readonly pid: number;
  readonly nodeVersion: string;
  readonly platform: string;
  readonly arch: string;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  readonly uptimeSeconds: number;
  readonly memory: MemoryStatus;
  /** The share of its time that the event loop was busy since the process started, 0 to 1. */
  readonly eventLoopUtilization: number;
  /** Timers, sockets and requests that keep the event loop alive. */
  readonly activeResources: number;
  /** Requests that came in and have not been answered to the end. */
  readonly requestsInFlight: number;
  readonly internalErrors: readonly InternalErrorStatus[];
  readonly settings: readonly SettingStatus[];
}
