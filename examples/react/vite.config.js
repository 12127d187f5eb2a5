import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({ base: './', build: { target: 'es2022' }, optimizeDeps: { exclude: ['handclasp'] }, plugins: [react()] });
