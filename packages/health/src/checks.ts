/** Ready-made checks, by themselves so that who uses none loads none. */
export type { CertificateFile, CertificateServer } from './checks/certificate-check.js';
export { certificateCheck } from './checks/certificate-check.js';
export type { DiskCheckOptions } from './checks/disk-check.js';
export { diskCheck } from './checks/disk-check.js';
export type { DnsCheckOptions } from './checks/dns-check.js';
export { dnsCheck } from './checks/dns-check.js';
export type { EventLoopCheckOptions } from './checks/event-loop-check.js';
export { eventLoopCheck } from './checks/event-loop-check.js';
export type { HeartbeatCheck, HeartbeatCheckOptions } from './checks/heartbeat-check.js';
export { heartbeatCheck } from './checks/heartbeat-check.js';
export type { HttpCheckOptions } from './checks/http-check.js';
export { httpCheck } from './checks/http-check.js';
export type { ContainerMemoryCheckOptions, MemoryCheckOptions } from './checks/memory-check.js';
export { containerMemoryCheck, heapCheck } from './checks/memory-check.js';
export type { TcpCheckOptions } from './checks/tcp-check.js';
export { tcpCheck } from './checks/tcp-check.js';
