/** What the page loads when it is needed, and not before. */
import { describe, expect, it } from 'vitest'
import { filesIn, importedFrom } from '../../support/run/sources.ts'

describe('the first load', () => {
  it.for([
    'src/client/files/FileViewer.vue',
    'src/client/files/ComposerFiles.vue',
    'src/client/files/MessageFiles.vue',
    'src/client/files/uploads.ts',
    'src/client/files/tus.ts',
    'src/client/search',
  ])('has nothing of %s', (path) => {
    const found = filesIn('src/client').filter((file) => file.startsWith(path))
    expect(found).not.toEqual([])
    const firstLoad = importedFrom('src/client/main.ts')
    expect(found.filter((file) => firstLoad.has(file))).toEqual([])
  })
})
