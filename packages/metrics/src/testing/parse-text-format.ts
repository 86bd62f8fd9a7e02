/**
 * A parser of Prometheus' text format for tests, written from its description and from nothing of ours: what it does
 * not understand it throws at, as a scraper would.
 */
export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ParsedText {
  readonly help: ReadonlyMap<string, string>;
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly ParsedSample[];
}

export function parseTextFormat(text: string): ParsedText {
  const help = new Map<string, string>();
  const types = new Map<string, string>();
  const samples: ParsedSample[] = [];
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no end');
  for (const line of text.split('\n').slice(0, -1)) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/su.exec(line);
    if (comment !== null) {
      const [, keyword, name, rest] = comment as unknown as [string, string, string, string];
      const into = keyword === 'HELP' ? help : types;
      if (into.has(name)) throw new Error(`a second ${keyword} of ${name}`);
      into.set(name, keyword === 'HELP' ? unescaped(rest) : rest);
    } else if (line.startsWith('#')) throw new Error(`not a comment that is used here: ${line}`);
    else samples.push(parseSample(line));
  }
  return { help, types, samples };
}

/** The samples of one name. */
export function samplesOf(text: string, name: string): readonly ParsedSample[] {
  return parseTextFormat(text).samples.filter((sample) => sample.name === name);
}

function parseSample(line: string): ParsedSample {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0];
  if (name === undefined) throw new Error(`no name: ${line}`);
  let at = name.length;
  const labels: Record<string, string> = {};
  if (line[at] === '{') {
    at++;
    while (line[at] !== '}') {
      const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/su.exec(line.slice(at));
      if (label === null) throw new Error(`not a label at ${at}: ${line}`);
      const [whole, key, value] = label as unknown as [string, string, string];
      if (Object.hasOwn(labels, key)) throw new Error(`label ${key} twice: ${line}`);
      labels[key] = unescaped(value);
      at += whole.length;
      if (line[at] === ',') at++;
      else if (line[at] !== '}') throw new Error(`neither comma nor brace at ${at}: ${line}`);
    }
    at++;
  }
  const value = /^ (NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(line.slice(at))?.[1];
  if (value === undefined) throw new Error(`no value: ${line}`);
  return { name, labels, value: Number(value.replace('Inf', 'Infinity')) };
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gsu, (_, escaped: string) => {
    if (escaped === 'n') return '\n';
    if (escaped === '\\' || escaped === '"') return escaped;
    throw new Error(`not an escape: \\${escaped}`);
  });
}
