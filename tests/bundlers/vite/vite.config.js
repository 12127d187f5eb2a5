import { resolve } from 'node:path';

export default {
  root: import.meta.dirname,
  base: './',
  logLevel: 'warn',
  build: { outDir: resolve(import.meta.dirname, '../out/vite'), emptyOutDir: true, target: 'esnext' },
};
