// The crate, from a program in Rust (`../rust`) that makes and takes everything in its own memory. It brings both ends itself.

import initialize, { connect as connectRust } from 'handclasp-bench';

export async function connect({ secret, broker }) {
  await initialize();
  const link = await connectRust(secret, broker);
  return {
    sendAll: ({ total, size }) => link.send(total, size),
    expect({ total, size }) {
      const finished = new Promise((resolve, reject) => {
        link.receive(total, size, (error, ended, messages) => (error ? reject(error) : resolve({ ended, messages })));
      });
      return { finished, get bytes() { return link.progress(); } };
    },
  };
}
