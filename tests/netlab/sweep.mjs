// Removes what labs left behind.
//
//   node sweep.mjs                what dead owners left
//   node sweep.mjs --guard OWNER  waits for the end of its standard input, which comes when OWNER dies, however it dies

import { destroy, sweep } from './namespaces.mjs';

const [option, owner] = process.argv.slice(2);
if (option === '--guard') {
  for await (const _ of process.stdin);
  await destroy(owner);
} else {
  for (const dead of await sweep()) console.log(`removed what ${dead} left`);
}
