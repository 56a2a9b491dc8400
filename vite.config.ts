import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { emojiData } from './emoji-data.ts'

export default defineConfig({
  base: '/static/dist/',
  publicDir: false,
  // The images stay where they are: the views name them too.
  plugins: [vue({ features: { optionsAPI: false }, template: { transformAssetUrls: false } }), emojiData()],
  build: {
    outDir: 'static/dist',
    emptyOutDir: true,
    manifest: 'manifest.json',
    // The Content-Security-Policy allows neither data: nor inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ['src/client/main.ts', 'src/client/signin.ts'] },
  },
})
