import assert from 'node:assert/strict';
import { mediaFlows } from './support/media.mjs';
import { observe } from './support/observer.mjs';
import { startServe } from './support/servers.mjs';
import { story } from './support/story.mjs';

/** What a session description, a candidate or a JSON signal would give itself away by. Long enough not to occur by chance. */
const MARKERS = [
  'a=ice-ufrag', 'a=fingerprint', 'a=candidate', 'candidate:', 'm=audio', 'm=video', 'm=application', 'typ host', 'sha-256',
  'webrtc-datachannel', 'mozilla', 'BUNDLE', '"offer"', '"answer"', '"hello"', 'sdpMid', '.local',
];

/** Shorter strings than this, in bytes, occur by chance in noise. */
const SURE = 6;

/** `text` as it could hide in bytes: plain, wide, hexadecimal, and base64 at each of its three alignments. */
function disguises(text) {
  const bytes = Buffer.from(text);
  const base64 = [0, 1, 2].map((lead) => {
    const encoded = Buffer.concat([Buffer.alloc(lead), bytes]).toString('base64').replace(/=+$/, '');
    // The first and last characters also hold bits of the neighbours.
    return encoded.slice(lead === 0 ? 0 : lead + 1, -1);
  });
  const base64url = base64.map((encoded) => encoded.replaceAll('+', '-').replaceAll('/', '_'));
  return [bytes, Buffer.from(text, 'utf16le'), bytes.toString('hex'), ...base64, ...base64url].map((form) => Buffer.from(form));
}

/** Bits of Shannon entropy in each byte. */
function entropy(bytes) {
  const counts = new Array(256).fill(0);
  for (const byte of bytes) counts[byte] += 1;
  return -counts.filter(Boolean).reduce((sum, count) => sum + (count / bytes.length) * Math.log2(count / bytes.length), 0);
}

story('a broker that reads everything learns nothing', async (stage) => {
  const server = await stage.with(startServe('--observe'));
  const observer = await stage.with(observe(server.broker));
  const ada = await stage.person('chromium', 'Zephyrine-Quillfeather');
  const bert = await stage.person('firefox', 'Balthazar-Okonkwo');

  const link = await ada.startCall(server.page);
  await bert.join(link);
  await Promise.all([ada.sees(bert), bert.sees(ada)]);
  await mediaFlows([ada, bert]);
  await ada.say('the walrus sings at midnight');
  await bert.reads('the walrus sings at midnight');
  await bert.say('seventeen green bottles');
  await ada.reads('seventeen green bottles');
  await ada.the('screen').click();
  await bert.seesScreensOf(ada);
  const negotiated = [...await ada.negotiationSecrets(), ...await bert.negotiationSecrets()];
  const sent = Buffer.concat([await ada.sentToBroker(), await bert.sentToBroker()]);
  await bert.page.close(); // publishes the last will
  await ada.sees();
  await ada.hangUp();

  const payloads = Buffer.concat(observer.seen.map(({ payload }) => payload));
  const topics = [...observer.topics()].join('\n');
  stage.report(`${observer.seen.length} signals on ${observer.topics().size} topics, ${payloads.length} bytes, ` +
    `${entropy(payloads).toFixed(3)} bits of entropy a byte; ${sent.length} bytes left the pages`);

  // The call did go through here.
  assert.ok(observer.seen.length >= 4, `only ${observer.seen.length} signals`);
  assert.ok(payloads.length > 4096 && sent.length > 4096, 'too little traffic for a negotiation');
  assert.ok(negotiated.length >= 6, 'the browsers negotiated');
  // Both ways of listening work: what the observer read, the pages had sent.
  assert.ok(sent.includes(observer.seen[0].payload), 'the observer and the pages speak of different bytes');

  const secret = new URL(link).hash.replace('#r=', '');
  assert.ok(secret.length >= 22, link);
  const everything = Buffer.concat([payloads, Buffer.from(topics), sent]).toString('latin1').toLowerCase();
  const telling = [
    ...MARKERS, ...negotiated, 'Zephyrine-Quillfeather', 'Quillfeather', 'Balthazar-Okonkwo', 'Okonkwo',
    'the walrus sings at midnight', 'walrus', 'seventeen green bottles', 'bottles', secret,
    // Addresses as an SDP has them, without the port that goes with them.
    ...negotiated.filter((fact) => / \d+$/.test(fact)).map((fact) => fact.replace(/ \d+$/, '')).filter((address) => address.length >= 5),
  ];
  for (const text of telling) {
    for (const form of disguises(text).filter(({ length }) => length >= SURE)) {
      assert.ok(!everything.includes(form.toString('latin1').toLowerCase()), `found ${JSON.stringify(text)} as ${JSON.stringify(form.toString('latin1'))}`);
    }
  }
  const key = Buffer.from(secret, 'base64url');
  assert.ok(!everything.includes(key.toString('latin1').toLowerCase()), 'found the bytes of the secret');
  // Sealed bytes cannot be told from noise: no structure, no compression, no text.
  assert.ok(entropy(payloads) > 7.9, `entropy ${entropy(payloads)}`);
});
