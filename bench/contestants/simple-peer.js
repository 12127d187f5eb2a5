// As it is published for browsers: from its sources it needs what only Node.js has.

import Peer from 'simple-peer/simplepeer.min.js';
import { streamLink } from './stream.js';

export const connect = (options) => streamLink(Peer, options);
