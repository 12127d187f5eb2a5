// What the switch is good for on this machine: node measure.mjs. The figures of README.md come from here.

import { readFileSync } from 'node:fs';
import { Lab } from './lab.mjs';
import { pingThrough, throughput } from './measures.mjs';

const SECONDS = 4;

const lab = await Lab.build();
const load = () => readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 1).join();
const say = (what, figures) => console.log(`| ${what} | ${figures} | ${load()} |`);
const rates = ({ up, down }) => `up ${up.toFixed(2)}, down ${down.toFixed(2)} Mbit/s`;
const trips = ({ least, median, most }) => `round trip least ${least}, median ${median}, most ${most} ms`;

try {
  console.log('| line | measured | load |\n|---|---|---|');
  say('perfect, TCP', rates(await throughput(lab, { seconds: SECONDS })));
  say('perfect, UDP at 100 Mbit/s', rates(await throughput(lab, { seconds: SECONDS, udp: 100 })));
  say('perfect, 1000 pings', trips(await pingThrough(lab.left, lab.host, { count: 1000 })));
  for (const delay of [25, 150]) {
    await lab.left.line({ delay });
    say(`delay ${delay} each way`, trips(await pingThrough(lab.left, lab.host, { count: 500 })));
  }
  await lab.left.line({ delay: 25 });
  say('delay 25 each way, TCP', rates(await throughput(lab, { seconds: SECONDS })));
  for (const loss of [0.05, 0.1]) {
    await lab.left.line({ loss }, 'up');
    const { lost, sent } = await pingThrough(lab.left, lab.host, { count: 4000 });
    say(`loss ${loss} one way`, `${lost} of ${sent} lost, ${((100 * lost) / sent).toFixed(2)} %`);
  }
  await lab.reset();
  for (const rate of [500, 2000, 20_000]) {
    await lab.left.line({ rate });
    say(`rate ${rate} kbit/s, TCP`, rates(await throughput(lab, { seconds: SECONDS })));
  }
} finally {
  await lab.close();
}
