import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OPTIONS, launch } from '../e2e/support/browsers.mjs';

const FIREFOX_INSIDE = fileURLToPath(new URL('firefox-inside.mjs', import.meta.url));

const quoted = (word) => `'${word.replaceAll("'", "'\\''")}'`;

/** An executable that runs the command with the arguments that it gets. */
async function wrapper(path, command) {
  await writeFile(path, `#!/bin/sh\nexec ${command.map(quoted).join(' ')} "$@"\n`);
  await chmod(path, 0o755);
  return path;
}

const LAUNCH = {
  // Driven over inherited pipes, which do not care for namespaces.
  async chromium(client, { folder, certificates }) {
    const { executablePath, args } = OPTIONS.chromium;
    return {
      executablePath: await wrapper(join(folder, `chromium-${client.name}`), ['ip', 'netns', 'exec', client.namespace, executablePath]),
      // It asks no file for authorities of one's own, but takes the word of its command line for a key.
      args: [...args, `--ignore-certificate-errors-spki-list=${certificates.spki}`],
    };
  },
  // Driven over a port of the loopback, which is another one in there.
  async firefox(client, { folder, certificates }) {
    const command = [process.execPath, FIREFOX_INSIDE, client.namespace, certificates.ca, OPTIONS.firefox.executablePath];
    return { executablePath: await wrapper(join(folder, `firefox-${client.name}`), command) };
  },
};

/** Starts a browser on a client, as the end-to-end tests do it on this machine, but so that it trusts the lab's certificates. */
export async function launchInside(engine, client, lab) {
  return launch(engine, await LAUNCH[engine](client, lab));
}
