import assert from 'node:assert/strict';
import test from 'node:test';
import { Checksum, Content, LONGEST, expected } from './page/content.js';
import { inPieces } from './page/pieces.js';

const content = new Content();

/** The sum of these pieces, each an offset and a length. */
function sum(...pieces) {
  const all = new Checksum();
  for (const [offset, length] of pieces) all.add(content.at(offset, length));
  return all.value;
}

test('however it is cut, the content has one sum', () => {
  assert.equal(sum([0, 4096], [4096, 4096]), sum([0, 8192]));
  const pieces = Array.from({ length: 40 }, (_, index) => [index * 65_536, 65_536]);
  assert.equal(sum(...pieces), expected(content, 40 * 65_536));
  assert.equal(expected(content, LONGEST + 8), sum([0, LONGEST], [LONGEST, 8]));
});

test('the content is what the contestant in Rust makes', () => {
  assert.equal(expected(content, 3_000_000) >>> 0, 395_141_513);
});

test('another order, a piece twice, or a wrong byte has another', () => {
  const right = sum([0, 65_536], [65_536, 65_536]);
  assert.notEqual(sum([65_536, 65_536], [0, 65_536]), right);
  assert.notEqual(sum([0, 65_536], [0, 65_536]), right);
  const wrong = content.at(0, 131_072).slice();
  wrong[70_000] ^= 1;
  const other = new Checksum();
  other.add(wrong);
  assert.notEqual(other.value, right);
});

test('bytes that are not aligned are summed the same', () => {
  const shifted = new Uint8Array(4100);
  shifted.set(content.at(0, 4096), 1);
  const one = new Checksum();
  one.add(shifted.subarray(1, 4097));
  assert.equal(one.value, sum([0, 4096]));
  assert.throws(() => one.add(new Uint8Array(3)), RangeError);
});

test('messages go in pieces and come out whole, each in memory of its own', async () => {
  const sizes = [];
  const wire = { onmessage: undefined, send: async (piece) => { sizes.push(piece.length); wire.onmessage(piece.slice().buffer); } };
  const joined = inPieces(wire, 163_840);
  const came = [];
  joined.onmessage = (message) => came.push(message);
  for (const offset of [0, 163_840]) await joined.send(content.at(offset, 163_840));
  assert.deepEqual(sizes, [65_536, 65_536, 32_768, 65_536, 65_536, 32_768]);
  assert.deepEqual(came.map((message) => Buffer.compare(message, content.at(came.indexOf(message) * 163_840, 163_840))), [0, 0]);
  assert.notEqual(came[0].buffer, came[1].buffer);
});
