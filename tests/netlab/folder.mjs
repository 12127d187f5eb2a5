import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BASE, OWNER } from './owner.mjs';

/** This lab's folder: certificates, wrappers, sockets and the browsers' profiles. */
export const FOLDER = join(BASE, OWNER);
mkdirSync(FOLDER, { recursive: true });

// For all that makes temporary files in this process, above all the driver of the browsers: what they leave behind when
// they are killed goes with the folder. Some modules look only once, so this module has to be imported before them.
process.env.TMPDIR = FOLDER;

process.once('exit', () => rmSync(FOLDER, { recursive: true, force: true }));
