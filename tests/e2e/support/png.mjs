import { inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
/** Samples to a pixel, by colour type: what browsers write. */
const SAMPLES = { 0: 1, 2: 3, 6: 4 };

/** The chunks of a PNG file (https://www.w3.org/TR/png-3/#5Chunk-layout). Their checksums are not looked at: it is a browser's file. */
function* chunks(file) {
  for (let at = SIGNATURE.length; at + 12 <= file.length;) {
    const length = file.readUInt32BE(at);
    yield { type: file.toString('latin1', at + 4, at + 8), data: file.subarray(at + 8, at + 8 + length) };
    at += length + 12;
  }
}

/** Which of its neighbours a byte is closest to. */
function paeth(left, above, corner) {
  const guess = left + above - corner;
  const [a, b, c] = [left, above, corner].map((value) => Math.abs(guess - value));
  return a <= b && a <= c ? left : b <= c ? above : corner;
}

/** Undoes the filters of the rows, in place; a filtered row has the number of its filter before it. */
function unfilter(data, height, stride, step) {
  const rows = Buffer.alloc(height * stride);
  for (let y = 0; y < height; y += 1) {
    const filter = data[y * (stride + 1)];
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x;
      const left = x >= step ? rows[at - step] : 0;
      const above = y > 0 ? rows[at - stride] : 0;
      const corner = x >= step && y > 0 ? rows[at - stride - step] : 0;
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter];
      if (guess === undefined) throw new Error(`a PNG has no filter ${filter}`);
      rows[at] = data[y * (stride + 1) + 1 + x] + guess;
    }
  }
  return rows;
}

/** A PNG as browsers take screenshots, in grey: `{ width, height, grey }`, a byte to a pixel. */
export function greyOf(file) {
  if (!file.subarray(0, SIGNATURE.length).equals(SIGNATURE)) throw new Error('not a PNG');
  const all = [...chunks(file)];
  const header = all.find(({ type }) => type === 'IHDR').data;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const [depth, colours, , , interlaced] = header.subarray(8);
  const samples = SAMPLES[colours];
  if (depth !== 8 || !samples || interlaced) throw new Error(`not a PNG as browsers write it: ${[...header.subarray(8)]}`);
  const data = inflateSync(Buffer.concat(all.filter(({ type }) => type === 'IDAT').map(({ data }) => data)));
  const rows = unfilter(data, height, width * samples, samples);
  const grey = new Uint8Array(width * height);
  for (let pixel = 0; pixel < grey.length; pixel += 1) {
    const at = pixel * samples;
    grey[pixel] = samples === 1 ? rows[at] : (77 * rows[at] + 150 * rows[at + 1] + 29 * rows[at + 2]) >> 8;
  }
  return { width, height, grey };
}
