/** The status as people read it on a terminal. */
import { TERMINAL_CONTROLS } from '@porthole/core/internal';
import type { MemoryStatus, ProcessStatus } from './process-status.js';

/** One line for each fact, labels aligned, units that people use. Ends with a newline. */
export function renderStatus(status: ProcessStatus): string {
  const { memory } = status;
  const facts: (readonly [label: string, text: string])[] = [
    ['service', status.version === '' ? status.service : `${status.service} ${status.version}`],
    ['process', `pid ${status.pid}, Node.js ${status.nodeVersion}, ${status.platform} ${status.arch}`],
    ['uptime', `${formatSeconds(status.uptimeSeconds)} (since ${status.startedAt})`],
    ['memory', `${formatBytes(memory.residentBytes)} resident, ${formatBytes(memory.externalBytes)} external`],
    ['heap', shareOf(memory.heapUsedBytes, memory.heapLimitBytes)],
    ...containerFact(memory),
    ['event loop', `${formatPercent(status.eventLoopUtilization)} busy since the start`],
    ['in flight', count(status.requestsInFlight, 'request')],
    ['resources', `${status.activeResources} active`],
  ];
  for (const { component, count: failures, lastMessage } of status.internalErrors) {
    facts.push(['internal error', `${component}, ${count(failures, 'time')}: ${lastMessage}`]);
  }
  for (const { name, value, source } of status.settings) {
    facts.push(['setting', source === name ? `${name} = ${value}` : `${name} = ${value} (${source})`]);
  }
  const width = Math.max(...facts.map(([label]) => label.length)) + 2;
  return `${facts.map(([label, text]) => label.padEnd(width) + printable(text)).join('\n')}\n`;
}

function containerFact(memory: MemoryStatus): (readonly [string, string])[] {
  const { containerUsageBytes: usage, containerLimitBytes: limit } = memory;
  if (usage === undefined) return [];
  return [['container', limit === undefined ? `${formatBytes(usage)} used, no limit` : shareOf(usage, limit)]];
}

function shareOf(usedBytes: number, limitBytes: number): string {
  return `${formatBytes(usedBytes)} used of ${formatBytes(limitBytes)} (${formatPercent(usedBytes / limitBytes)})`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function formatPercent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `1572864` as `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** `93784` as `1d 2h 3m`: the three largest units that are not 0. */
export function formatSeconds(seconds: number): string {
  const whole = Math.floor(seconds);
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'm'],
    [whole % 60, 's'],
  ] as const;
  const shown = parts.filter(([number]) => number > 0).slice(0, 3);
  return shown.length === 0 ? '0s' : shown.map(([number, unit]) => `${number}${unit}`).join(' ');
}

/**
 * Error messages can carry characters that steer a terminal: control and bidirectional characters are shown, not sent.
 */
function printable(text: string): string {
  return text.replace(TERMINAL_CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
