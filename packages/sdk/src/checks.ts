/** Ready-made health checks. */
export type {
  CertificateFile,
  CertificateServer,
  ContainerMemoryCheckOptions,
  DiskCheckOptions,
  DnsCheckOptions,
  EventLoopCheckOptions,
  HeartbeatCheck,
  HeartbeatCheckOptions,
  HttpCheckOptions,
  MemoryCheckOptions,
  TcpCheckOptions,
} from '@porthole/health/checks';
export {
  certificateCheck,
  containerMemoryCheck,
  diskCheck,
  dnsCheck,
  eventLoopCheck,
  heapCheck,
  heartbeatCheck,
  httpCheck,
  tcpCheck,
} from '@porthole/health/checks';
