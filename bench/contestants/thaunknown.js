// The fork that is still cared for, without its part for media.

import Peer from '@thaunknown/simple-peer/lite.js';
import { streamLink } from './stream.js';

export const connect = (options) => streamLink(Peer, options);
