import { resolve } from 'node:path';

export default {
  root: resolve(import.meta.dirname, '../app'),
  base: './',
  logLevel: 'warn',
  build: { outDir: resolve(import.meta.dirname, '../out/vite'), emptyOutDir: true, target: 'esnext' },
};
