// Whose lab it is. Everything that a lab leaves on the machine while it runs (namespaces, a folder, processes inside the
// namespaces) is named after the process that owns it, so that anyone can tell what is alive and what is left over, and
// two labs never meet.

import { readFileSync } from 'node:fs';

const NAME = /^handclasp-(\d+)-(\d+)(?:-|$)/;

/** When a process started, in clock ticks since boot (proc(5), field 22 of stat); `undefined` if there is none. */
function startedAt(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the command's name in parentheses, which may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** This process, as the first part of names: its id, and its start, because ids are used again. */
export const OWNER = `handclasp-${process.pid}-${startedAt(process.pid)}`;

/** The owner in a name, `undefined` if the name is not a lab's. */
export const ownerOf = (name) => NAME.exec(name)?.[0].replace(/-$/, '');

/** Whether the owner still runs. */
export function alive(owner) {
  const [, pid, start] = NAME.exec(owner);
  return startedAt(pid) === start;
}

/** Where labs' folders are. Short, because the path of a Unix socket has at most 107 bytes, and browsers make some there. */
export const BASE = '/tmp';
