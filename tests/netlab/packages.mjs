// What the lab needs of Debian and its relatives. `node packages.mjs` prints the packages that are missing, one a line,
// for whoever installs them; browsers and Node.js are the end-to-end tests' business.
//
// coturn and mosquitto start daemons when they are installed, unless an executable /usr/sbin/policy-rc.d ends with 101.

import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** Programs, and the package that brings each. */
export const PACKAGES = [
  { program: 'ip', package: 'iproute2' },
  { program: 'nft', package: 'nftables' },
  { program: 'conntrack', package: 'conntrack' },
  { program: 'turnserver', package: 'coturn' },
  { program: '/usr/sbin/mosquitto', package: 'mosquitto' },
  { program: 'socat', package: 'socat' },
  { program: 'sysctl', package: 'procps' },
  { program: 'openssl', package: 'openssl' },
  { program: 'certutil', package: 'libnss3-tools' },
  { program: 'python3', package: 'python3' },
  { program: 'ping', package: 'iputils-ping' },
  { program: 'iperf3', package: 'iperf3' },
];

/** Whether this process may do that with the file. */
function can(mode, path) {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
const executable = (path) => can(constants.X_OK, path);

const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
const present = (program) => (isAbsolute(program) ? executable(program) : FOLDERS.some((folder) => executable(join(folder, program))));

/** Packages whose programs are not on this machine. */
export const missingPackages = () => PACKAGES.filter(({ program }) => !present(program)).map((wanted) => wanted.package);

/** Why there can be no lab here, in one sentence with the next step; `undefined` when there can. */
export function obstacle() {
  if (process.platform !== 'linux') return 'The network lab needs Linux, for its network namespaces.';
  if (process.getuid() !== 0) return 'The network lab makes network namespaces and needs root: run it with sudo.';
  const missing = missingPackages();
  if (missing.length > 0) return `The network lab misses programs: run \`apt-get install --no-install-recommends ${missing.join(' ')}\`.`;
  if (!can(constants.R_OK | constants.W_OK, '/dev/net/tun')) return 'The network lab needs /dev/net/tun: let this container have it, or run `modprobe tun`.';
  return undefined;
}

if (process.argv[1] === import.meta.filename) for (const name of missingPackages()) console.log(name);
