import { waitFor } from './wait.mjs';

/** Frames that must decode, and audio packets that must arrive, beyond those already there: a second of pictures. */
const FRESH = 10;

/** A connection's video frames, audio packets and audio energy, summed over its incoming streams. */
function totals({ inbound }) {
  const sum = (kind, field) => inbound.filter((stream) => stream.kind === kind).reduce((all, stream) => all + stream[field], 0);
  return { frames: sum('video', 'frames'), packets: sum('audio', 'packets'), energy: sum('audio', 'energy') };
}

/**
 * Resolves when voice and picture of everyone flow to everyone: each person has one live connection for each other
 * person, on each of which, from now on, frames decode, audio packets arrive, and the audio is not silence.
 */
export async function mediaFlows(people) {
  await Promise.all(people.map(async (person) => {
    const measure = async () => (await person.connections()).map(totals);
    const before = await waitFor(`${person.name} to have ${people.length - 1} connections`, async () => {
      const now = await measure();
      return now.length === people.length - 1 && now;
    });
    let now;
    await waitFor(`${person.name} to see and hear ${people.length - 1} others`, async () => {
      now = await measure();
      return now.length === before.length && now.every((total, index) =>
        total.frames >= before[index].frames + FRESH &&
        total.packets >= before[index].packets + FRESH &&
        total.energy > 0);
    }).catch((error) => {
      throw new Error(`${error.message}; before ${JSON.stringify(before)}, now ${JSON.stringify(now)}`);
    });
  }));
}
