import { parseArgs } from 'node:util';
import { CONTESTANTS, REFERENCE } from './contestants.mjs';
import { STREAM, workloads } from './workloads.mjs';

export const ENGINES = ['chromium', 'firefox'];

/** Rounds of a run unless told: enough for a median, and for a spread that says what it is worth. */
const ROUNDS = 5;

export const HELP = `\
cargo xtask bench data

  --only NAME       a workload or a contestant; may be repeated. All unless told
  --browser NAME    chromium or firefox; both unless told
  --size MIB        of the stream [${STREAM}]
  --rounds N        [${ROUNDS}]
  --quick           small sizes and one round, for whoever works on the benchmark: nothing is kept in docs/
  --list            the names of workloads and contestants
`;

/** A whole number of the command line. */
function whole(name, text, most) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most) throw new Error(`--${name} is a number from 1 to ${most}, not \`${text}\``);
  return value;
}

/** What the command line asks for. Throws a sentence when that makes no sense. */
export function parse(args) {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', multiple: true, default: [] },
      browser: { type: 'string', multiple: true, default: ENGINES },
      size: { type: 'string', default: String(STREAM) },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  });
  const { quick, list, browser: engines } = values;
  for (const engine of engines) if (!ENGINES.includes(engine)) throw new Error(`--browser is ${ENGINES.join(' or ')}, not \`${engine}\``);
  const all = workloads({ stream: whole('size', values.size, 2048), quick });
  for (const name of values.only) {
    if (![...all, ...CONTESTANTS].some(({ id }) => id === name)) throw new Error(`there is no workload and no contestant \`${name}\`; --list names them`);
  }
  const chosen = (things) => {
    const named = things.filter(({ id }) => values.only.includes(id));
    return named.length > 0 ? named : things;
  };
  const contestants = chosen(CONTESTANTS);
  return {
    quick,
    list,
    engines,
    rounds: values.rounds === undefined ? (quick ? 1 : ROUNDS) : whole('rounds', values.rounds, 100),
    workloads: chosen(all),
    // What the others are compared to is always there.
    contestants: CONTESTANTS.filter((one) => contestants.includes(one) || one.id === REFERENCE),
  };
}
