// Whether a candidate of a pair in use is what it should be.

import assert from 'node:assert/strict';

// A candidate can be learnt from a check before it is signalled; then it is called peer reflexive, whatever it is.
export const isHost = ({ type, address }, client) => {
  assert.ok(['host', 'prflx'].includes(type), type);
  assert.equal(address, client.address);
};
export const isPublic = ({ type, address }, client) => {
  assert.ok(['srflx', 'prflx'].includes(type), type);
  assert.equal(address, client.publicAddress);
};
export const isRelay = ({ type, relayProtocol, address }, protocol, lab) => {
  assert.equal(type, 'relay');
  assert.equal(address, lab.relays[0]);
  assert.equal(relayProtocol, protocol);
};
/** One end, or both, have a relay of their own; who has none sees the other's. */
export const relayed = ([left, right], protocol, lab) => {
  const own = [left, right].filter(({ local }) => local.type === 'relay');
  assert.ok(own.length > 0, `no relay: ${JSON.stringify([left, right])}`);
  for (const { local } of own) isRelay(local, protocol, lab);
  for (const { local, remote } of [left, right]) assert.ok(local.type === 'relay' || ['relay', 'prflx'].includes(remote.type));
};
