// From the figures of all rounds to a table and a file.

/** Ratios that the project holds itself to, by the line of Node.js where they differ. */
function targetsOf(major) {
  return [
    { row: 'porthole', figure: 'throughput', atLeast: major === 20 ? 0.65 : major === 24 ? 0.8 : undefined },
    { row: 'porthole', figure: 'p99', atMost: 1.6 },
  ].filter(({ atLeast, atMost }) => atLeast !== undefined || atMost !== undefined);
}

/** `rounds` holds, for each round, the figures by row. Ratios are to `bare` in the same round, before the median is taken. */
export function summarise(rounds) {
  const names = Object.keys(rounds[0]);
  return names.map((name) => {
    const median = (read) => medianOf(rounds.map((round) => read(round[name], round.bare)));
    return {
      name,
      throughput: median((own, bare) => own.requestsPerSecond / bare.requestsPerSecond),
      cpu: median((own, bare) => own.cpuUs / bare.cpuUs),
      p99: median((own, bare) => own.p99Ms / bare.p99Ms),
      requestsPerSecond: median((own) => own.requestsPerSecond),
      cpuUs: median((own) => own.cpuUs),
      p50Ms: median((own) => own.p50Ms),
      p99Ms: median((own) => own.p99Ms),
      listenMs: median((own) => own.listenMs),
      rssMb: median((own) => own.rssMb),
    };
  });
}

const COLUMNS = [
  ['row', (row) => row.name],
  ['requests/s of bare', (row) => row.throughput.toFixed(2)],
  ['CPU of bare', (row) => row.cpu.toFixed(2)],
  ['p99 of bare', (row) => row.p99.toFixed(2)],
  ['requests/s', (row) => row.requestsPerSecond.toFixed(0)],
  ['CPU us', (row) => row.cpuUs.toFixed(1)],
  ['p50 ms', (row) => row.p50Ms.toFixed(2)],
  ['p99 ms', (row) => row.p99Ms.toFixed(2)],
  ['listen ms', (row) => row.listenMs.toFixed(0)],
  ['RSS MB', (row) => row.rssMb.toFixed(0)],
];

export function renderTable(summary) {
  const lines = [COLUMNS.map(([title]) => title), ...summary.map((row) => COLUMNS.map(([, read]) => read(row)))];
  const widths = COLUMNS.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  return lines
    .map((line) => line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '))
    .join('\n');
}

/** One line for each target, met or not; none for rows that were not measured. */
export function renderTargets(summary, major) {
  const row = (name) => summary.find((one) => one.name === name);
  const lines = targetsOf(major).flatMap(({ row: name, figure, atLeast, atMost }) => {
    const value = row(name)?.[figure];
    if (value === undefined) return [];
    const met = atLeast === undefined ? value <= atMost : value >= atLeast;
    return [
      `${met ? 'met' : 'NOT MET'}: ${figure} of ${name} is ${value.toFixed(2)} of bare, ${atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`}`,
    ];
  });
  for (const [other, times] of [
    ['otel-tuned', 3],
    ['otel-auto', 5],
  ]) {
    if (row('porthole') === undefined || row(other) === undefined) continue;
    const factor = row('porthole').throughput / row(other).throughput;
    lines.push(
      `${factor >= times ? 'met' : 'NOT MET'}: porthole has ${factor.toFixed(1)} times the throughput of ${other}, at least ${times}`,
    );
  }
  return lines.join('\n');
}

function medianOf(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
