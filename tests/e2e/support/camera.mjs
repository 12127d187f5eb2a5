import { writeFile } from 'node:fs/promises';
import { OPTIONS } from './browsers.mjs';
import { greyOf } from './png.mjs';

/** What the camera films with, and how much: a short loop is enough, and each frame is half a megabyte. */
const WIDTH = 640;
const HEIGHT = 480;
const FRAME_RATE = 10;
const FRAMES = 8;

/** Of the shorter side of a frame, how much a screenshot takes. */
const FILLS = 0.9;

/** Video has its black and white here (ITU-R BT.601). */
const BLACK = 16;
const WHITE = 235;

/** The hand that holds the camera trembles by so many pixels, and its sensor is off by so much. */
const TREMBLE = 3;
const NOISE = 6;

/** Numbers from 0 to 1, the same ones each time (mulberry32). */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The mean of the picture's pixels that lie under one of the frame, `scale` of them to a side. */
function average({ width, height, grey }, x, y, scale) {
  const end = (at, most) => Math.max(Math.floor(at) + 1, Math.min(most, Math.floor(at + scale)));
  let [sum, count] = [0, 0];
  for (let row = Math.floor(y); row < end(y, height); row += 1) {
    for (let column = Math.floor(x); column < end(x, width); column += 1) {
      sum += grey[row * width + column];
      count += 1;
    }
  }
  return sum / count;
}

/** One frame's luma: the picture amid a noisy room. */
function frameOf(picture, random) {
  const luma = Buffer.alloc(WIDTH * HEIGHT);
  const scale = Math.max(picture.width, picture.height) / (FILLS * Math.min(WIDTH, HEIGHT));
  const tremble = () => Math.round((2 * random() - 1) * TREMBLE);
  const left = Math.round((WIDTH - picture.width / scale) / 2) + tremble();
  const top = Math.round((HEIGHT - picture.height / scale) / 2) + tremble();
  for (let y = 0; y < HEIGHT; y += 1) {
    for (let x = 0; x < WIDTH; x += 1) {
      const [column, row] = [(x - left) * scale, (y - top) * scale];
      const isInside = column >= 0 && row >= 0 && column < picture.width && row < picture.height;
      const seen = isInside ? average(picture, column, row, scale) : 255 * random();
      const video = BLACK + (seen / 255) * (WHITE - BLACK) + (2 * random() - 1) * NOISE;
      luma[y * WIDTH + x] = Math.max(0, Math.min(255, Math.round(video)));
    }
  }
  return luma;
}

/**
 * Films a screenshot (PNG) as a camera in front of the screen would: the file is YUV4MPEG2 in 4:2:0, which Chromium plays in
 * a loop. `seed` makes another noise.
 */
export async function film(file, screenshot, { seed = 1 } = {}) {
  const picture = greyOf(screenshot);
  const random = numbers(seed);
  const chroma = Buffer.alloc((WIDTH / 2) * (HEIGHT / 2) * 2, 128);
  const parts = [Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F${FRAME_RATE}:1 Ip A1:1 C420jpeg\n`)];
  for (let frame = 0; frame < FRAMES; frame += 1) parts.push(Buffer.from('FRAME\n'), frameOf(picture, random), chroma);
  await writeFile(file, Buffer.concat(parts));
}

/**
 * For `launch('chromium', camera(file))`: a browser whose camera plays this film. The file is opened whenever the camera is, so it
 * may be filmed after the browser has started; while there is none, the camera fails.
 */
export const camera = (file) => ({ args: [...OPTIONS.chromium.args, `--use-file-for-fake-video-capture=${file}`] });
