// What is measured. `size` is that of a message, or absent for a stream, where each contestant sends pieces as it likes best. `total` is in bytes.

const KIB = 1024;
const MIB = 1024 * KIB;

/** The stream's size unless told, MiB. */
export const STREAM = 256;

/** What a contestant is given at least to be done, bytes a second: less, and it does not finish. */
const PACE = 1_000_000;

/** The same on lines that take their time, and on those that lose packets. */
const SLOW_PACE = 200_000;
const LOSSY_PACE = 20_000;

/** What it has on top of that, ms. */
const GRACE = 20_000;

/** Lines of the network lab: `delay` is one way, so half the round trip; `rate` in kbit/s. */
const LINES = {
  near: { delay: 10, rate: 200_000 },
  far: { delay: 50, rate: 200_000 },
  bad: { delay: 25, loss: 0.01 },
  worse: { delay: 25, loss: 0.05 },
};

/** All workloads, with a stream of so many MiB; `quick` are the sizes to develop with. */
export function workloads({ stream = STREAM, quick = false } = {}) {
  const sized = (full, small) => (quick ? small : full);
  const all = [
    { id: 'stream', title: 'A stream', total: sized(stream * MIB, 16 * MIB), warmUp: 8 * MIB },
    // Behind `size` it is about messages: what counts is how many a second.
    { id: 'small', title: 'Messages of 64 B', size: 64, total: 64 * sized(100_000, 10_000), warmUp: 64 * 5_000, except: ['raw-16', 'raw-256', 'handclasp-files'] },
    { id: 'large', title: 'Messages of 1 MiB', size: MIB, total: MIB * sized(64, 16), warmUp: 4 * MIB, except: ['handclasp-files'] },
    { id: 'hidden', title: 'A stream from a hidden tab', total: sized(64 * MIB, 8 * MIB), warmUp: 4 * MIB, hidden: true },
    { id: 'busy', title: 'A stream between pages that are busy, 100 ms of 105', total: sized(64 * MIB, 4 * MIB), warmUp: 4 * MIB, busy: 100 },
    { id: 'rtt-20', title: 'A stream over 20 ms round trip, 200 Mbit/s', total: sized(64 * MIB, 8 * MIB), warmUp: 256 * KIB, line: LINES.near },
    { id: 'rtt-100', title: 'A stream over 100 ms round trip, 200 Mbit/s', total: sized(32 * MIB, 4 * MIB), warmUp: 256 * KIB, line: LINES.far },
    { id: 'loss-1', title: 'A stream over 50 ms round trip with 1 % loss', total: sized(4 * MIB, MIB), warmUp: 64 * KIB, line: LINES.bad },
    { id: 'loss-5', title: 'A stream over 50 ms round trip with 5 % loss', total: sized(2 * MIB, 256 * KIB), warmUp: 64 * KIB, line: LINES.worse },
  ];
  return all.map((workload) => ({
    except: [],
    ...workload,
    within: GRACE + (workload.total / pace(workload)) * 1000,
  }));
}

function pace({ line }) {
  if (line?.loss) return LOSSY_PACE;
  return line ? SLOW_PACE : PACE;
}

/** What the pages are told of a workload: how a contestant sends `total` bytes of it. */
export function plan({ size }, { piece, limit }, total) {
  const message = size ?? Math.min(piece, total);
  return { total, size: message, split: message > limit, kept: size !== undefined };
}

/** The figure of a run that took so many ms, and what it is in: messages of a size are counted, a stream is measured. */
export function figure({ size, total }, ms) {
  const seconds = ms / 1000;
  if (size === 64) return total / size / seconds;
  return total / 1e6 / seconds;
}

export const unit = ({ size }) => (size === 64 ? 'messages/s' : 'MB/s');
