import { start } from '../e2e/support/process.mjs';

/** How long the last answer may be under way, s. */
const LINGER = 3;

/**
 * Sends `count` pings from a client, `interval` s apart, and resolves with what became of them: round trips in ms
 * (`least`, `quarter`: a quarter are quicker, `median`, `most`), and how many were `lost`, `doubled`, or `overtaken` by one that was sent later.
 */
export async function pingThrough(client, address, { count, interval = 0.005 }) {
  const output = await client.run('ping', ['-n', '-c', String(count), '-i', String(interval), '-W', String(LINGER), address], { tolerant: true });
  const times = [];
  let doubled = 0;
  let overtaken = 0;
  let newest = 0;
  for (const [line, sequence, time] of output.matchAll(/icmp_seq=(\d+) ttl=\d+ time=([\d.]+) ms.*$/gm)) {
    if (line.includes('DUP')) {
      doubled++;
      continue;
    }
    times.push(Number(time));
    if (Number(sequence) < newest) overtaken++;
    newest = Math.max(newest, Number(sequence));
  }
  times.sort((a, b) => a - b);
  return { sent: count, lost: count - times.length, doubled, overtaken, least: times[0], quarter: times[times.length >> 2], median: times[times.length >> 1], most: times.at(-1) };
}

/** Mbit/s of payload between a client (`left`) and the server for some seconds, one direction after the other. */
export async function throughput(lab, { seconds, udp } = {}) {
  const server = await start('ip', ['netns', 'exec', lab.server.namespace, 'iperf3', '-s', '-B', lab.host, '--forceflush'], { ready: /listening/ });
  try {
    const rate = async (...direction) => {
      const kind = udp ? ['-u', '-b', `${udp}M`] : [];
      const { end, error } = JSON.parse(await lab.left.run('iperf3', ['-c', lab.host, '-t', String(seconds), '-J', ...kind, ...direction], { tolerant: true }));
      if (error) throw new Error(`iperf3: ${error}\n${server.output()}`);
      const { bits_per_second: bits, lost_percent: lost = 0 } = end.sum_received ?? end.sum;
      return (bits / 1e6) * (udp ? 1 - lost / 100 : 1);
    };
    return { up: await rate(), down: await rate('-R') };
  } finally {
    await server.stop();
  }
}
