import vue from '@vitejs/plugin-vue'
import { defineConfig, type Rolldown } from 'vite'
import { emojiData } from './emoji-data.ts'

const page = 'src/client/main.ts'
/** The scripts of pages that are forms. */
const forms = ['sign-in', 'admin', 'docs', 'offline'].map((name) => `src/client/pages/${name}.ts`)

/** Whether the entry needs the module to begin with. */
function isOf(entry: string, id: string, chunking: Rolldown.ChunkingContext, seen = new Set<string>()): boolean {
  if (seen.has(id)) return false
  seen.add(id)
  const { importers = [] } = chunking.getModuleInfo(id) ?? {}
  return id.endsWith(entry) || importers.some((importer) => isOf(entry, importer, chunking, seen))
}

/**
 * What the page needs to begin with goes into one file, which is smaller than many. What a form needs too is apart: the form
 * would otherwise load and run the page.
 */
function chunkOf(id: string, chunking: Rolldown.ChunkingContext): string | null {
  if (!isOf(page, id, chunking)) return null
  return forms.some((form) => isOf(form, id, chunking)) ? 'shared' : 'page'
}

export default defineConfig({
  base: '/static/dist/',
  publicDir: false,
  // The images stay where they are: the views name them too.
  plugins: [vue({ features: { optionsAPI: false }, template: { transformAssetUrls: false } }), emojiData()],
  // A language's grammar is fetched when its code comes, which only modules can do.
  worker: { format: 'es' },
  build: {
    // Baseline of two and a half years back, and a little older. Firefox has popovers from 125, Safari `checkVisibility` from 17.4. test/client/supported.test.ts holds the code to it.
    target: ['chrome117', 'edge117', 'firefox125', 'safari17.4'],
    outDir: 'static/dist',
    emptyOutDir: true,
    manifest: 'manifest.json',
    // The Content-Security-Policy allows neither data: nor inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // On a slow machine it fills the page with times that nobody who starts the server can change.
      checks: { pluginTimings: false },
      input: [page, ...forms],
      output: {
        codeSplitting: {
          groups: ['shared', 'page'].map((name) => ({
            debugName: name,
            // The page's file takes what its modules import, but not what is in a file already.
            priority: name === 'shared' ? 1 : 0,
            name: (id: string, chunking: Rolldown.ChunkingContext) => (chunkOf(id, chunking) === name ? name : null),
          })),
        },
      },
    },
  },
})
