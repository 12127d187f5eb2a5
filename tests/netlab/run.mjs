import { spawn } from 'node:child_process';

/**
 * Runs a command to its end and resolves with what it printed. Rejects with its complaint when it fails, unless
 * `tolerant`; then it resolves with what it printed all the same.
 */
export function run(command, args, { input, tolerant = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    let complaint = '';
    child.stdout.on('data', (chunk) => { out += chunk; });
    child.stderr.on('data', (chunk) => { complaint += chunk; });
    child.stdin.on('error', () => {}); // it ended before it read everything: its exit status says why
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0 || tolerant) resolve(out);
      else reject(new Error(`${command} ${args.join(' ')}: ${complaint.trim() || out.trim() || `exit status ${code}`}`));
    });
    child.stdin.end(input);
  });
}
