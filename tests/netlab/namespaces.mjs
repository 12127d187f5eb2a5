// Linux network namespaces: making them, running things in them, and removing all that a lab left.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { BASE, alive, ownerOf } from './owner.mjs';
import { run } from './run.mjs';

/** Processes that were killed are gone after a few ms; one that is not after this, ms, hangs in the kernel. */
const DEATH_WITHIN = 5_000;

// One address family, lest what a scenario blocks go around by another. Before any interface is made.
const SETTINGS = 'sysctl -q -w net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 net.ipv4.ip_forward=1 && ip link set lo up';

/** What `ip netns exec` puts in the place of files in /etc: one folder for each namespace. */
const ETC = '/etc/netns';

/**
 * Makes network namespaces, with their loopbacks up. They forward packets between their interfaces. In them `hosts`
 * (`{ name: address }`) are known, and any other name is unknown at once: there is no name server to wait for.
 */
export async function addNamespaces(names, hosts) {
  const lines = Object.entries({ localhost: '127.0.0.1', ...hosts }).map(([name, address]) => `${address} ${name}\n`);
  for (const name of names) {
    mkdirSync(join(ETC, name), { recursive: true });
    writeFileSync(join(ETC, name, 'hosts'), lines.join(''));
    writeFileSync(join(ETC, name, 'resolv.conf'), 'nameserver 127.0.0.1\n');
  }
  await run('ip', ['-batch', '-'], { input: names.map((name) => `netns add ${name}\n`).join('') });
  await Promise.all(names.map((name) => inside(name, 'sh', ['-c', SETTINGS])));
}

/** Runs a command inside a namespace. */
export const inside = (namespace, command, args, options) => run('ip', ['netns', 'exec', namespace, command, ...args], options);

/** Runs lines of `ip`, all or up to the first that fails, inside a namespace. */
export const ip = (namespace, ...lines) => run('ip', ['-n', namespace, '-batch', '-'], { input: lines.map((line) => `${line}\n`).join('') });

/** The processes in a namespace. */
export async function processes(namespace) {
  const list = await run('ip', ['netns', 'pids', namespace], { tolerant: true });
  return list.split('\n').filter(Boolean).map(Number);
}

/** Sends a signal to every process in a namespace. */
export async function signal(namespace, name) {
  const pids = await processes(namespace);
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  }
  return pids.length;
}

/** The names in a folder that are those of labs. */
function inFolder(folder) {
  try {
    return readdirSync(folder).filter(ownerOf);
  } catch (error) {
    if (error.code === 'ENOENT') return []; // there never was a namespace on this machine
    throw error;
  }
}

/** The namespaces of labs. */
const namespaces = () => inFolder('/run/netns');

/** Kills what runs in the namespaces of `owner`, removes them and its folders. What is not there is no error. */
export async function destroy(owner) {
  const mine = namespaces().filter((name) => ownerOf(name) === owner);
  const deadline = performance.now() + DEATH_WITHIN;
  // A process may start another between the look and the blow, hence again until none is there.
  while ((await Promise.all(mine.map((name) => signal(name, 'SIGKILL')))).some((count) => count > 0)) {
    if (performance.now() > deadline) throw new Error(`processes in the namespaces of ${owner} do not die`);
    await pause(10);
  }
  for (const name of mine) await run('ip', ['netns', 'del', name], { tolerant: true });
  const folders = [join(BASE, owner), ...inFolder(ETC).filter((name) => ownerOf(name) === owner).map((name) => join(ETC, name))];
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** The owners of labs, dead or alive, of which there is something on this machine. */
export function owners() {
  return new Set(['/run/netns', ETC, BASE].flatMap(inFolder).map(ownerOf));
}

/** Removes what labs left whose owners have died, and says whose. */
export async function sweep() {
  const dead = [...owners()].filter((owner) => !alive(owner));
  for (const owner of dead) await destroy(owner);
  return dead;
}
