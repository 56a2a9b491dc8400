/** What the page loads when it is needed, and not before. */
import { describe, expect, it } from 'vitest'
import { page } from '../../../bench/runs/page.ts'
import { targets } from '../../../bench/targets.ts'
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

  it('weighs no more than the benchmark of the built page allows', async () => {
    expect(page.goals).toContainEqual({ figure: 'both', atMost: 80 })
    const figures = await page.run(targets.teahouse)
    for (const goal of page.goals) {
      const most = 'atMost' in goal ? goal.atMost : 0
      expect(figures[goal.figure], goal.figure).toBeLessThanOrEqual(most)
    }
  })
})
