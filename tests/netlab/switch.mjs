// The client of switch.py, which has the reference of what can be asked.

import { createConnection } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { start } from '../e2e/support/process.mjs';

const PROGRAM = fileURLToPath(new URL('switch.py', import.meta.url));

/** Same packets, same fate; as far as packets can be the same. */
const SEED = 1;

/** The lab's wide area, with its lines. */
export class Switch {
  #process;
  #socket;
  #answers;
  #routes = {};

  /** `ports` is `{ name: { namespace, interface } }`; the switch itself runs in `namespace`. */
  static async start({ namespace, folder, ports }) {
    const path = join(folder, 'switch');
    const wanted = JSON.stringify({ socket: path, seed: SEED, ports });
    const program = await start('ip', ['netns', 'exec', namespace, 'python3', PROGRAM, wanted], { ready: /^ready$/m });
    const socket = createConnection(path);
    await once(socket, 'connect');
    return new Switch(program, socket);
  }

  constructor(program, socket) {
    this.#process = program;
    this.#socket = socket;
    socket.unref();
    this.#answers = createInterface({ input: socket })[Symbol.asyncIterator]();
  }

  /** Requests are answered in their order. */
  async #ask(request) {
    this.#socket.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`the switch has ended:\n${this.#process.output()}`);
    const answer = JSON.parse(value);
    if (answer.error) throw new Error(`the switch: ${answer.error}`);
    return answer.ok;
  }

  /** From now on this is all that is wrong with a port's line: `direction` is `up`, `down` or `both`. */
  line(port, line, direction = 'both') {
    return this.#ask({ set: port, direction, line });
  }

  /** Packets for `prefix` (an address, or the first three numbers of one) go to `port`; to nobody when it is `undefined`. */
  route(prefix, port) {
    if (port === undefined) delete this.#routes[prefix];
    else this.#routes[prefix] = port;
    return this.#ask({ routes: this.#routes });
  }

  /** Counters of packets, by line and by flow. */
  stats() {
    return this.#ask({ stats: true });
  }

  async stop() {
    this.#socket.destroy();
    await this.#process.stop();
  }
}
