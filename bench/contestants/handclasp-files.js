// The same bytes as a file, by the crate: in a worker, with a hash, on the receiver's disk, and over as many connections as pay. It brings both ends itself.

import initialize, { connectFiles, useWorker } from 'handclasp-bench';

export async function connect({ secret, broker }) {
  await initialize();
  await useWorker(new Worker('worker.js'), 'worker_bg.wasm');
  const link = await connectFiles(secret, broker);
  return {
    sendAll: ({ total }) => link.send(total),
    expect: ({ total }) => ({
      finished: link.receive(total).then((ended) => ({ ended, messages: 1 })),
      get bytes() { return link.progress(); },
    }),
  };
}
