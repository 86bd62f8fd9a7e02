// From the figures of all rounds to a table and a file.

/** What the project holds itself to: ratios, or how much more than another row, by the line of Node.js where they differ. */
function targetsOf(major) {
  return [
    { row: 'porthole', of: 'bare', figure: 'requestsPerSecond', atLeast: { 20: 0.65, 24: 0.8 }[major] },
    { row: 'porthole', of: 'bare', figure: 'p99Ms', atMost: 1.6 },
    { row: 'porthole', of: 'bare', figure: 'listenMs', atMostMore: 80 },
    { row: 'porthole', of: 'bare', figure: 'rssMb', atMostMore: 25 },
    { row: 'porthole', of: 'otel-tuned', figure: 'requestsPerSecond', atLeast: 3 },
    { row: 'porthole', of: 'otel-auto', figure: 'requestsPerSecond', atLeast: 5 },
    { row: 'porthole-disabled', of: 'fastify-logger', figure: 'requestsPerSecond', atLeast: 0.98 },
    { row: 'porthole-disabled-quiet', of: 'bare-logger', figure: 'requestsPerSecond', atLeast: 0.98 },
  ].filter(({ atLeast, atMost, atMostMore }) => (atLeast ?? atMost ?? atMostMore) !== undefined);
}

/** A figure of a row as a multiple of what the yardstick, which is bare Fastify, did between the same seconds. */
function multiple(own, figure) {
  return own[figure] / own.yardstick[figure];
}

/** `rounds` holds, for each round, the figures by row. Multiples are taken in each round, before the median is. */
export function summarise(rounds) {
  const names = Object.keys(rounds[0]);
  return names.map((name) => {
    const median = (read) => medianOf(rounds.map((round) => read(round[name])));
    return {
      name,
      throughput: median((own) => multiple(own, 'requestsPerSecond')),
      cpu: median((own) => multiple(own, 'cpuUs')),
      p99: median((own) => multiple(own, 'p99Ms')),
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
export function renderTargets(rounds, major) {
  return targetsOf(major)
    .filter(({ row, of }) => row in rounds[0] && of in rounds[0])
    .map(({ row, of, figure, atLeast, atMost, atMostMore }) => {
      const median = (compare) => medianOf(rounds.map((round) => compare(round[row], round[of])));
      if (atMostMore !== undefined) {
        const more = median((own, other) => own[figure] - other[figure]);
        return `${more <= atMostMore ? 'met' : 'NOT MET'}: ${FIGURES[figure]} of ${row} is ${more.toFixed(0)} more than that of ${of}, at most ${atMostMore}`;
      }
      const ratio = median((own, other) => multiple(own, figure) / multiple(other, figure));
      const met = atLeast === undefined ? ratio <= atMost : ratio >= atLeast;
      const bound = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
      return `${met ? 'met' : 'NOT MET'}: ${FIGURES[figure]} of ${row} is ${ratio.toFixed(2)} times that of ${of}, ${bound}`;
    })
    .join('\n');
}

const FIGURES = {
  requestsPerSecond: 'throughput',
  p99Ms: 'p99',
  listenMs: 'time to listening (ms)',
  rssMb: 'resident set (MB)',
};

function medianOf(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
