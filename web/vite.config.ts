import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compress } from './compress.ts';
import { oneLanguage } from './one-language.ts';

/** `npm run dev` in this folder serves the app with the API that runs here. */
const API = process.env.PENSTOCK_URL ?? 'http://127.0.0.1:3000';

export default defineConfig({
  base: '/app/',
  plugins: [oneLanguage(), react(), compress()],
  build: {
    target: 'es2023',
    // The content security policy allows files of this server and nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: 'manifest.json',
    reportCompressedSize: false,
  },
  // The evaluator of expressions waits for its functions when it is loaded, which only a module can.
  worker: { format: 'es' },
  server: {
    proxy: {
      '/v1': {
        target: API,
        changeOrigin: true,
        // A request that writes must come from a page of the API.
        configure: (proxy) => proxy.on('proxyReq', (request) => request.setHeader('origin', API)),
      },
    },
  },
});
