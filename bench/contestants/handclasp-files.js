// The same bytes as a file, by the crate: with a hash, on the receiver's disk, and over as many connections as pay. It brings both ends itself.

import initialize, { connectFiles } from 'handclasp-bench';

export async function connect({ secret, broker }) {
  await initialize();
  const link = await connectFiles(secret, broker);
  return {
    sendAll: ({ total }) => link.send(total),
    expect: ({ total }) => ({
      finished: link.receive(total).then((ended) => ({ ended, messages: 1 })),
      get bytes() { return link.progress(); },
    }),
  };
}
