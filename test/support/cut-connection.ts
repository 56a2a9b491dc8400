/** Cuts the connection of one page while the server continues to serve the others. */
import type { Page, WebSocketRoute } from 'playwright-core'
import { takenOver } from './clients/browser.ts'

export interface CutConnection {
  cut(): Promise<void>
  mend(): Promise<void>
}

/** Reloads the page over a connection that can be cut. */
export async function cutter(page: Page): Promise<CutConnection> {
  let isCut = false
  const lines = new Set<WebSocketRoute>()
  await page.routeWebSocket(/\/ws\/chat$/, (line) => {
    if (isCut) return void line.close({ code: 1001 })
    line.connectToServer()
    lines.add(line)
  })
  // The page would go on over HTTP.
  await page.route(/\/api\//, (route) => (isCut ? route.abort() : route.continue()))
  await page.reload()
  await takenOver(page)
  const tryNow = page.getByRole('button', { name: 'Retry now' })
  return {
    async cut() {
      isCut = true
      await Promise.all([...lines].map((line) => line.close({ code: 1001 })))
      await tryNow.waitFor()
    },
    async mend() {
      isCut = false
      // The page may be reconnecting at this moment.
      await tryNow.click({ timeout: 2_000 }).catch(() => {})
    },
  }
}
