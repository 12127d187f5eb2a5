import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { crc32, deflateSync } from 'node:zlib';
import { film } from './support/camera.mjs';
import { greyOf } from './support/png.mjs';

/** A PNG file of these rows, each filtered as its first byte says. */
function png(width, rows, colours) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(rows.length, 4);
  header.set([8, colours, 0, 0, 0], 8);
  const data = deflateSync(Buffer.from(rows.flat()));
  const half = data.length >> 1;
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header),
    chunk('IDAT', data.subarray(0, half)), chunk('IDAT', data.subarray(half)), chunk('IEND', Buffer.alloc(0)),
  ]);
}

test('a PNG is read with each of its filters', () => {
  // The same row five times: 10, 20, 40, 80.
  const rows = [
    [0, 10, 20, 40, 80], // none
    [1, 10, 10, 20, 40], // what is to the left
    [2, 0, 0, 0, 0], // what is above
    [3, 5, 5, 10, 20], // the mean of both
    [4, 0, 0, 0, 0], // Paeth: here above
  ];
  const { width, height, grey } = greyOf(png(4, rows, 0));
  assert.deepEqual([width, height], [4, 5]);
  assert.deepEqual([...grey], Array(5).fill([10, 20, 40, 80]).flat());
});

test('colours become grey, and what is no picture of a browser is refused', () => {
  const pixels = [255, 255, 255, 255, 0, 0, 0, 255, 0, 255, 0, 255];
  assert.deepEqual([...greyOf(png(3, [[0, ...pixels]], 6)).grey], [255, 0, 149]);
  assert.throws(() => greyOf(Buffer.from('GIF89a')), /not a PNG/);
  assert.throws(() => greyOf(png(1, [[0, 1]], 3)), /as browsers write it/);
  assert.throws(() => greyOf(png(1, [[9, 1]], 0)), /no filter 9/);
});

test('a film has the form that Chromium plays, and the screenshot in its middle', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'handclasp-film-'));
  try {
    const file = join(folder, 'film.y4m');
    // Black with a white bar in the middle.
    const side = 90;
    const rows = Array.from({ length: side }, (_, y) => [0, ...Array(side).fill(y >= 30 && y < 60 ? 255 : 0)]);
    await film(file, png(side, rows, 0));
    const content = await readFile(file);

    const header = content.subarray(0, content.indexOf('\n') + 1).toString();
    const [, width, height] = header.match(/^YUV4MPEG2 W(\d+) H(\d+) F10:1 Ip A1:1 C420jpeg\n$/).map(Number);
    const marker = 'FRAME\n';
    const frameLength = marker.length + (width * height * 3) / 2;
    const frames = (content.length - header.length) / frameLength;
    assert.ok(Number.isInteger(frames) && frames > 1, `${frames} frames`);
    const lumas = Array.from({ length: frames }, (_, frame) => {
      const at = header.length + frame * frameLength;
      assert.equal(content.toString('latin1', at, at + marker.length), marker);
      const luma = content.subarray(at + marker.length, at + marker.length + width * height);
      const chroma = content.subarray(at + marker.length + width * height, at + frameLength);
      assert.ok(chroma.every((sample) => sample === 128), 'it is grey');
      return luma;
    });
    for (const luma of lumas) {
      const at = (x, y) => luma[Math.round(y * height) * width + Math.round(x * width)];
      assert.ok(at(0.5, 0.5) > 220, `${at(0.5, 0.5)} in the bar`);
      assert.ok(at(0.5, 0.2) < 30 && at(0.5, 0.8) < 30, 'above and below it');
    }
    assert.ok(!lumas[0].equals(lumas[1]), 'no two frames of a camera are the same');
  } finally {
    await rm(folder, { recursive: true });
  }
});
