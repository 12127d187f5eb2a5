import { join } from 'handclasp';
import { useEffect, useState } from 'react';

/** The room of these options, which is left with the component. `options` must stay the same object. */
export function useRoom(options) {
  const [room, setRoom] = useState();
  useEffect(() => {
    const left = new AbortController();
    join({ ...options, signal: left.signal }).then(setRoom, (error) => left.signal.aborted || console.error(error));
    return () => left.abort();
  }, [options]);
  return room;
}
