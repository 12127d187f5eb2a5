// What a client's router does to packets: address translation and firewall, as rules of nftables.

/**
 * Kinds of address translation, in the terms of RFC 4787.
 *
 * | kind              | mapping                    | filtering                  | who has one |
 * |-------------------|----------------------------|----------------------------|-------------|
 * | `none`            | none: addresses are routed | none                       | public addresses, company networks |
 * | `full-cone`       | endpoint independent       | endpoint independent       | a home router with this machine as its "exposed host" |
 * | `port-restricted` | endpoint independent       | address and port dependent | most home routers |
 * | `symmetric`       | address and port dependent | address and port dependent | mobile carriers, strict companies |
 */
export const NATS = ['none', 'full-cone', 'port-restricted', 'symmetric'];

/** What the firewall lets through, whatever the translation: everything, everything but UDP, or TCP to port 443 alone. */
export const FIREWALLS = ['open', 'no-udp', 'only-443'];

const FIREWALL = {
  'open': [],
  'no-udp': ['meta l4proto udp drop'],
  'only-443': ['iifname "lan" tcp dport 443 accept', 'iifname "wan" tcp sport 443 accept', 'drop'],
};

// Without the drops, an early packet from outside makes an entry in the router's table of connections, and that
// entry moves the port of the packet that goes out to meet it: no hole can be punched.
const ONLY_ANSWERS = ['iifname "wan" ct state established,related accept', 'iifname "wan" drop'];

const NAT = {
  'none': () => ({}),
  'full-cone': (client) => ({
    prerouting: [`iifname "wan" meta l4proto { tcp, udp } dnat to ${client}`],
    postrouting: ['oifname "wan" masquerade'],
  }),
  'port-restricted': () => ({ postrouting: ['oifname "wan" masquerade'], forward: ONLY_ANSWERS, input: ONLY_ANSWERS }),
  'symmetric': () => ({ postrouting: ['oifname "wan" masquerade random'], forward: ONLY_ANSWERS, input: ONLY_ANSWERS }),
};

/**
 * The complete rules of a router with interfaces `lan` and `wan`, for `nft -f`: they replace what was there, at once. Nothing is let through to
 * addresses that are `blocked`.
 */
export function rules({ nat, firewall, client, blocked = [] }) {
  const { prerouting = [], postrouting = [], input = [], forward = [] } = NAT[nat](client);
  const chain = (name, hook, lines) => `  chain ${name} {\n    ${hook}\n${lines.map((line) => `    ${line}\n`).join('')}  }\n`;
  return [
    'flush ruleset\n',
    'table ip lab {\n',
    chain('prerouting', 'type nat hook prerouting priority dstnat;', prerouting),
    chain('postrouting', 'type nat hook postrouting priority srcnat;', postrouting),
    chain('input', 'type filter hook input priority filter;', input),
    chain('forward', 'type filter hook forward priority filter;', [...blocked.map((address) => `ip daddr ${address} drop`), ...FIREWALL[firewall], ...forward]),
    '}\n',
  ].join('');
}
