import vue from '@vitejs/plugin-vue'
import { defineConfig, type Rolldown } from 'vite'
import { emojiData } from './emoji-data.ts'

const page = 'src/client/main.ts'

/** Whether the page needs the module to begin with: all of those go into one file, which is smaller than many. */
function isOfPage(id: string, chunking: Rolldown.ChunkingContext, seen = new Set<string>()): boolean {
  if (seen.has(id)) return false
  seen.add(id)
  const { importers = [] } = chunking.getModuleInfo(id) ?? {}
  return id.endsWith(page) || importers.some((importer) => isOfPage(importer, chunking, seen))
}

export default defineConfig({
  base: '/static/dist/',
  publicDir: false,
  // The images stay where they are: the views name them too.
  plugins: [vue({ features: { optionsAPI: false }, template: { transformAssetUrls: false } }), emojiData()],
  // A language's grammar is fetched when its code comes, which only modules can do.
  worker: { format: 'es' },
  build: {
    // Baseline of two and a half years back. test/client/supported.test.ts holds the code to it.
    target: ['chrome117', 'edge117', 'firefox118', 'safari17'],
    outDir: 'static/dist',
    emptyOutDir: true,
    manifest: 'manifest.json',
    // The Content-Security-Policy allows neither data: nor inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // On a slow machine it fills the page with times that nobody who starts the server can change.
      checks: { pluginTimings: false },
      input: [page, 'src/client/pages/sign-in.ts', 'src/client/pages/admin.ts'],
      output: {
        codeSplitting: {
          groups: [{ debugName: 'page', name: (id, chunking) => (isOfPage(id, chunking) ? 'page' : null) }],
        },
      },
    },
  },
})
