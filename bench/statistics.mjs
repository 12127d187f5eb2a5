/** The value that a share of the sorted values is below, between two of them where it has to be. */
export function quantile(values, share) {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((one, other) => one - other);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  return below + (sorted[Math.ceil(place)] - below) * (place % 1);
}

export const median = (values) => quantile(values, 0.5);

/** What there is to say of the figures of one contestant: `undefined` if it has none. */
export function summary(figures) {
  if (figures.length === 0) return undefined;
  return { median: median(figures), least: Math.min(...figures), most: Math.max(...figures), rounds: figures.length };
}

/** `median` by that of the reference; nothing where one of them has none. */
export const ratio = (one, reference) => (one && reference ? one.median / reference.median : undefined);

/**
 * The order of a round: whoever comes first, last, or after whom else changes from one to the next, so that neither a machine that gets warm
 * nor a neighbour favours anyone.
 */
export function order(contestants, round) {
  const start = (round * 2) % contestants.length;
  const turned = [...contestants.slice(start), ...contestants.slice(0, start)];
  return round % 2 === 0 ? turned : turned.toReversed();
}
