import { inside, ip, processes, signal } from './namespaces.mjs';
import { FIREWALLS, NATS, rules } from './router.mjs';
import { run } from './run.mjs';

/** A machine for a browser, behind a router of its own, with a line to the wide area. It starts routed, open and perfect. */
export class Client {
  #wan;
  #first;
  #nat = 'none';
  #firewall = 'open';
  #plugged = true;
  #blocked = [];

  /**
   * `name` is also that of its port at the switch `wan`; `address` is in `network`, the first three numbers of a /24 of
   * which the router has .1; `publicAddress` is the router's own.
   */
  constructor({ name, namespace, routerNamespace, network, address, publicAddress, wan }) {
    Object.assign(this, { name, namespace, routerNamespace, network, address, publicAddress });
    this.#wan = wan;
    this.#first = { address, publicAddress };
  }

  /** Makes its interfaces. The switch has made the router's `wan` before. */
  async build() {
    await ip(this.routerNamespace,
      `link add lan type veth peer name eth0 netns ${this.namespace}`,
      `addr add ${this.network}.1/24 dev lan`,
      'link set lan up',
      'link set wan txqueuelen 2000 up',
      `addr add ${this.publicAddress}/24 dev wan`,
      'route add default dev wan');
    await ip(this.namespace, 'link set eth0 up', `addr add ${this.address}/24 dev eth0`, this.#defaultRoute());
    await this.#wan.route(this.publicAddress, this.name);
    await this.#route();
  }

  /** Its router translates addresses in this way from now on; connections that it knew are forgotten, as after a restart. */
  async nat(kind) {
    if (!NATS.includes(kind)) throw new RangeError(`a NAT is one of ${NATS.join(', ')}`);
    this.#nat = kind;
    await this.#route();
    await inside(this.routerNamespace, 'conntrack', ['-F']);
  }

  /** Its router lets this through from now on, also of what is under way. */
  async firewall(kind) {
    if (!FIREWALLS.includes(kind)) throw new RangeError(`a firewall is one of ${FIREWALLS.join(', ')}`);
    this.#firewall = kind;
    await this.#route();
  }

  /** Its router lets nothing through to another client any more, also of what is under way; to all others the way is open. */
  async block(other) {
    this.#blocked = [other.address, other.publicAddress];
    await this.#route();
  }

  /** Its router does again. */
  async unblock() {
    this.#blocked = [];
    await this.#route();
  }

  /**
   * What is wrong with its line to the wide area from now on, all of it: `{}` is a perfect line. Times in ms, shares from
   * 0 to 1: `{ delay, jitter, loss, duplicate, reorder, reorder_by, rate, buffer, cut }` as switch.py explains them.
   * Each direction (`up`, `down` or `both`) is on its own: a `delay` of 25 both ways makes the round trip 50 longer.
   */
  line(line, direction) {
    return this.#wan.line(this.name, line, direction);
  }

  /** Nothing passes its line any more, silently: the network somewhere is gone, the interface does not notice. */
  cut() {
    return this.line({ cut: 1 });
  }

  /** Its line is perfect again. */
  mend() {
    return this.line({});
  }

  /** Its interface goes down: the system and the browser notice at once. */
  async unplug() {
    await ip(this.namespace, 'link set eth0 down');
    this.#plugged = false;
  }

  /** Its interface is back, with the same address. */
  async plug() {
    if (this.#plugged) return;
    await ip(this.namespace, 'link set eth0 up', this.#defaultRoute());
    this.#plugged = true;
  }

  /** It has another address in its own network, at once, and no longer the old one. The public one stays. */
  async readdress(address) {
    await ip(this.namespace, `addr del ${this.address}/24 dev eth0`, `addr add ${address}/24 dev eth0`, this.#defaultRoute());
    this.address = address;
    await this.#route();
  }

  /** Its router has another public address, at once, and forgets the connections of the old one, as when a provider renumbers. */
  async renumber(publicAddress) {
    await ip(this.routerNamespace, 'addr flush dev wan', `addr add ${publicAddress}/24 dev wan`, 'route replace default dev wan');
    await this.#wan.route(this.publicAddress, undefined);
    await this.#wan.route(publicAddress, this.name);
    this.publicAddress = publicAddress;
    await inside(this.routerNamespace, 'conntrack', ['-F']);
  }

  /** Stops every process on it where it is, as when a laptop sleeps. Resolves when none runs. */
  async freeze() {
    await signal(this.namespace, 'SIGSTOP');
  }

  /** Its processes go on. */
  async thaw() {
    await signal(this.namespace, 'SIGCONT');
  }

  /** How many processes there are on it. */
  async processes() {
    return (await processes(this.namespace)).length;
  }

  /** Runs a program on it, to its end. Resolves with what it prints. */
  run(command, args, options) {
    return inside(this.namespace, command, args, options);
  }

  /** As it was in the beginning; programs on it stay. */
  async reset() {
    await this.thaw();
    await this.plug();
    if (this.address !== this.#first.address) await this.readdress(this.#first.address);
    if (this.publicAddress !== this.#first.publicAddress) await this.renumber(this.#first.publicAddress);
    await this.mend();
    this.#firewall = 'open';
    this.#blocked = [];
    await this.nat('none');
  }

  #defaultRoute() {
    return `route replace default via ${this.network}.1 dev eth0`;
  }

  /** Tells the router its rules, and the wide area whether the client's own network can be reached. */
  async #route() {
    const input = rules({ nat: this.#nat, firewall: this.#firewall, client: this.address, blocked: this.#blocked });
    await run('ip', ['netns', 'exec', this.routerNamespace, 'nft', '-f', '-'], { input });
    await this.#wan.route(this.network, this.#nat === 'none' ? this.name : undefined);
  }
}
