// With a bundler or an import map, `handclasp` and `handclasp/element`.
import { generateSecret } from './handclasp/index.js';
import './handclasp/element.js';

location.hash ||= generateSecret();
const call = document.querySelector('handclasp-call');
const given = new URLSearchParams(location.search);
call.setAttribute('secret', location.hash.slice(1));
for (const name of ['broker', 'name']) if (given.has(name)) call.setAttribute(name, given.get(name));
if (given.get('ice') === 'none') call.iceServers = [];
