// Firefox inside a network namespace for a driver outside: node firefox-inside.mjs NAMESPACE AUTHORITY FIREFOX ARGUMENT...
//
// Its driver comes over a port of the loopback (WebDriver BiDi), and the namespace has another loopback. So this takes a
// port out here, has Firefox take the same in there (it looks at the port in the Host header), and carries the bytes.
// Firefox also has no option for an authority of one's own: it goes into the profile that the driver has made.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

const [namespace, authority, firefox, ...args] = process.argv.slice(2);
const PORT = '--remote-debugging-port=0';

const inside = (command, words, stdio) => spawn('ip', ['netns', 'exec', namespace, command, ...words], { stdio });

const gate = createServer((connection) => {
  const carrier = inside('socat', ['-', `TCP4:127.0.0.1:${gate.address().port}`], ['pipe', 'pipe', 'ignore']);
  connection.pipe(carrier.stdin).on('error', () => connection.destroy());
  carrier.stdout.pipe(connection).on('error', () => carrier.kill());
  connection.once('close', () => carrier.kill());
  carrier.once('close', () => connection.destroy());
});
gate.listen(0, '127.0.0.1');
await once(gate, 'listening');

const database = `sql:${args[args.indexOf('--profile') + 1]}`;
execFileSync('certutil', ['-N', '-d', database, '--empty-password']);
execFileSync('certutil', ['-A', '-d', database, '-n', 'lab', '-t', 'C,,', '-i', authority]);

const browser = inside(firefox, args.map((word) => (word === PORT ? PORT.replace('=0', `=${gate.address().port}`) : word)), 'inherit');
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => browser.kill(signal));
const [code] = await once(browser, 'exit');
process.exit(code ?? 1);
